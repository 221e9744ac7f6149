"""Augmentation: what each option does to pictures, and that the same seed does the same."""

from typing import Any

import numpy as np
import pytest

from models.training.augment import augmentation
from models.training.config import AugmentConfig
from pipeline.errors import ConfigError

SHAPES = [(12, 12, 1), (11, 14, 3)]


def pictures(shape: tuple[int, int, int], count: int = 40) -> np.ndarray:
    """No pixel is like another, none is 0 or 255."""
    return np.random.default_rng(0).uniform(1, 254, (count, *shape)).astype(np.float32)


def changed(images: np.ndarray, seed: int = 0, **options: Any) -> np.ndarray:
    augment = augmentation(AugmentConfig(**options), images.shape[1:], seed)
    return np.asarray(augment(images, np.eye(4, dtype=np.float32)[np.arange(len(images)) % 4])[0])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("flip", "turned"),
    [
        ("horizontal", [np.s_[:, ::-1]]),
        ("vertical", [np.s_[::-1]]),
        ("both", [np.s_[:, ::-1], np.s_[::-1], np.s_[::-1, ::-1]]),
    ],
)
def test_a_flip_mirrors_some_pictures_and_leaves_the_others(shape: Any, flip: str, turned: list[Any]) -> None:
    before = pictures(shape)
    after = changed(before, flip=flip)
    forms = [[np.array_equal(b, a[turn]) for a, b in zip(before, after, strict=True)] for turn in [np.s_[:], *turned]]
    assert np.sum(forms, axis=0).tolist() == [1] * len(before)
    assert min(np.sum(forms, axis=1)) > 3


@pytest.mark.parametrize("shape", SHAPES)
def test_a_crop_is_a_part_of_the_picture_with_a_mirrored_border(shape: Any) -> None:
    before, pad = pictures(shape), 3
    after = changed(before, crop_padding=pad)
    places = set()
    for one, got in zip(np.pad(before, [(0, 0), (pad, pad), (pad, pad), (0, 0)], "symmetric"), after, strict=True):
        found = [
            (y, x)
            for y in range(2 * pad + 1)
            for x in range(2 * pad + 1)
            if np.array_equal(one[y : y + shape[0], x : x + shape[1]], got)
        ]
        assert len(found) == 1
        places |= set(found)
    assert {y for y, _ in places} == {x for _, x in places} == set(range(2 * pad + 1))


def test_a_translation_is_a_share_of_the_side() -> None:
    before = np.tile(np.arange(1, 21, dtype=np.float32)[None, None, :, None], (200, 20, 1, 1))
    by = changed(before, translate=0.2)[:, 0, 10, 0] - before[:, 0, 10, 0]
    assert sorted(set(by.tolist())) == list(range(-4, 5))


@pytest.mark.parametrize("shape", SHAPES)
def test_cutout_covers_a_square_of_the_mean_colour_that_may_reach_over_the_border(shape: Any) -> None:
    before = pictures(shape, 100)
    after = changed(before, cutout=5)
    covered = (after != before).all(-1)
    assert ((after != before).any(-1) == covered).all()
    assert np.allclose(after[covered], before.mean((0, 1, 2)), atol=0.01)
    assert covered.sum((1, 2)).max() == 25
    assert covered.sum((1, 2)).min() < 25
    assert covered.any(0).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_erasing_fills_one_rectangle_of_some_pictures_with_noise(shape: Any) -> None:
    before = pictures(shape, 200)
    after = changed(before, erasing=0.4)
    covered = (after != before).any(-1)
    hit = covered.any((1, 2))
    assert 0.25 < hit.mean() < 0.55
    for one in covered[hit]:
        rows, columns = np.flatnonzero(one.any(1)), np.flatnonzero(one.any(0))
        assert one[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
        assert one.sum() == len(rows) * len(columns) >= 1
        assert one.mean() < 0.55
    assert after[covered].std() > 50


@pytest.mark.parametrize("option", [{"crop_padding": 12}, {"cutout": 12}])
def test_an_option_too_large_for_the_pictures_says_so(option: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=rf"augment.{next(iter(option))}: 12 pixels .* of 12 x 12; set it below 12"):
        augmentation(AugmentConfig(**option), (12, 12, 1), 0)  # type: ignore[arg-type]


ALL = {
    "flip": "both",
    "crop_padding": 2,
    "translate": 0.1,
    "rotate": 10,
    "scale": 0.1,
    "colour": 0.3,
    "randaugment": 0.5,
    "cutout": 4,
    "erasing": 0.5,
    "mixup": 0.2,
    "cutmix": 1.0,
}


def epoch(options: dict[str, Any], seed: int) -> list[np.ndarray]:
    """Through tf.data, as in training; the last batch is a short one."""
    import tensorflow as tf

    images, classes = pictures((12, 12, 3), 29), np.eye(4, dtype=np.float32)[np.arange(29) % 4]
    augment = augmentation(AugmentConfig.model_validate(options), (12, 12, 3), seed)
    data = tf.data.Dataset.from_tensor_slices((images, classes)).batch(8).map(augment).prefetch(1)
    del augment
    return [np.concatenate([image.numpy().reshape(len(image), -1), of], axis=1) for image, of in data]


def test_an_epoch_is_the_same_again() -> None:
    first, again = epoch(ALL, 7), epoch(ALL, 7)
    assert [len(batch) for batch in first] == [8, 8, 8, 5]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_each_step_and_each_epoch_draws_anew() -> None:
    same = pictures((12, 12, 1))
    classes = np.eye(4, dtype=np.float32)[np.arange(len(same)) % 4]
    first, other = (augmentation(AugmentConfig(crop_padding=3), (12, 12, 1), seed) for seed in (0, 1))
    drawn = [np.asarray(augment(same, classes)[0]) for augment in (first, first, other, other)]
    assert len({one.tobytes() for one in drawn}) == 4


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("option", ALL)
def test_every_option_keeps_shape_type_range_and_the_sum_of_classes(shape: Any, option: str) -> None:
    import tensorflow as tf

    images = np.random.default_rng(1).choice([0, 255], (20, *shape)).astype(np.uint8)
    config = AugmentConfig.model_validate({option: ALL[option]})
    after, classes = augmentation(config, shape, 0)(images, np.eye(5)[np.arange(20) % 5])
    assert (after.shape, after.dtype, classes.shape, classes.dtype) == (images.shape, tf.float32, (20, 5), tf.float32)
    assert after.numpy().min() >= 0
    assert after.numpy().max() <= 255
    assert not np.array_equal(after, images)
    assert np.allclose(classes.numpy().sum(1), 1)


def test_what_an_option_draws_does_not_depend_on_which_others_are_on() -> None:
    before = pictures((12, 12, 1))
    alone, more = changed(before, cutout=4), changed(before, cutout=4, erasing=0.01)
    untouched = (changed(before, erasing=0.01) == before).all((1, 2, 3))
    assert np.array_equal(alone[untouched], more[untouched])


def test_without_options_nothing_is_changed() -> None:
    before = pictures((12, 12, 3))
    assert np.array_equal(changed(before), before)
