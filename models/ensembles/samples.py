"""Parts of a data set as data sets: what one member learns from, and what it is judged by."""

import hashlib
from dataclasses import replace

import numpy as np

from models.data.dataset import DataSet, Split
from pipeline.errors import ConfigError


def with_validation(data: DataSet) -> DataSet:
    """`data`, if it has pictures to choose by.

    Raises:
        ConfigError: it has none.
    """
    if not len(data.validation):
        raise ConfigError(f"data.validation: {data.name} keeps no pictures back to choose by; set it to 0.1 or more")
    return data


def learning_from(data: DataSet, rows: np.ndarray) -> DataSet:
    """The same set with some of its training pictures, perhaps several times; validation and test stay.

    Args:
        data: A set.
        rows: `(M,)`, positions in its training split.
    """
    return replace(data, train=data.train.take(rows), fingerprint=_mark(data, rows))


def pooled(data: DataSet) -> Split:
    """Training and validation pictures together; never those of the test split."""
    both = (data.train, data.validation)
    names = data.train.names + data.validation.names
    return Split(
        np.concatenate([split.images for split in both]),
        np.concatenate([split.classes for split in both]),
        names if len(names) == sum(map(len, both)) else (),
    )


def split_anew(data: DataSet, pictures: Split, train: np.ndarray, validation: np.ndarray, held: np.ndarray) -> DataSet:
    """A set whose test split is a fold that is held out.

    Args:
        data: Where name and labels come from.
        pictures: From `pooled`.
        train: `(T,)`, positions to learn from.
        validation: `(V,)`, positions to choose the best epoch by.
        held: `(H,)`, positions that are held out.
    """
    return replace(
        data,
        train=pictures.take(train),
        validation=pictures.take(validation),
        test=pictures.take(held),
        fingerprint=_mark(data, train, validation, held),
    )


def _mark(data: DataSet, *rows: np.ndarray) -> str:
    digest = hashlib.sha256(data.fingerprint.encode())
    for some in rows:
        digest.update(np.ascontiguousarray(some, np.int64).tobytes() + b"|")
    return digest.hexdigest()
