"""A model of the shelf brought into the cache: fetched, checked, converted. At once where it is there already."""

import shutil
import tempfile
from pathlib import Path

from models.address import Progress
from models.convert import convert
from models.fetch import fetch, is_fetched
from models.origins import FrozenGraph, Original, PublishedFile
from models.shelf import folder
from models.spec import ModelSpec
from models.wheels import Say
from models.workshop import is_whole
from pipeline.errors import ModelError


def pull(
    spec: ModelSpec,
    cache: Path,
    say: Say = lambda line: None,
    models_dir: Path | None = None,
    progress: Progress = lambda done, total: None,
) -> bool:
    """Make every form of `spec` stand in `cache`.

    Args:
        spec: A model of the shelf.
        cache: Where it goes; what is there and whole stays.
        say: Told what is going on, a line each.
        models_dir: A folder of files that counts before any source. It may also hold `NAME/` as another machine's
            cache has it, with what was converted there.
        progress: Told how far a download is.

    Returns:
        Whether anything had to be done.

    Raises:
        ModelError: it cannot be fetched or converted; the cache is as it was.
    """
    if spec.original is None:
        raise ModelError(f"model '{spec.name}' is your own file: there is nowhere to pull it from")
    if is_pulled(spec, cache):
        return False
    into = folder(spec, cache)
    if spec.original.convert is None:
        for file in published(spec.original):
            fetch(file, into, models_dir, say, progress)
        return True
    if models_dir is not None and is_whole(models_dir / spec.name):
        say(f"taking {models_dir / spec.name}, converted on another machine")
        _copy(models_dir / spec.name, into)
        return True
    original = fetch(spec.original, downloads(spec, cache), models_dir, say, progress)
    if isinstance(spec.original.convert, FrozenGraph):
        convert(original, spec.original.convert, spec.input.size, into, say)
    else:
        from models.dlib_resnet import convert_dlib

        convert_dlib(original, into, say)
    return True


def is_pulled(spec: ModelSpec, cache: Path) -> bool:
    """Whether every file that a pull makes is there, byte for byte."""
    if spec.original is None:
        return False
    into = folder(spec, cache)
    if spec.original.convert is not None:
        return is_whole(into)
    return all(is_fetched(file, into) for file in published(spec.original))


def published(original: Original) -> tuple[PublishedFile, ...]:
    """The files that a runtime reads as they come."""
    return (original,) if original.companion is None else (original, original.companion)


def downloads(spec: ModelSpec, cache: Path) -> Path:
    """Where the original of a model that has to be converted is kept."""
    return cache / "downloads" / spec.name


def _copy(whole: Path, into: Path) -> None:
    """Copy a folder under its name once all of it is there."""
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into.parent, prefix=".copy-") as temporary:
            copy = Path(shutil.copytree(whole, Path(temporary) / into.name))
            if into.exists():
                into.rename(Path(temporary) / "old")
            copy.rename(into)
    except OSError as error:
        raise ModelError(f"cannot copy {whole} to {into}: {error.strerror or error}") from error
