"""Which recordings a batch is of, and what their results are called."""

from collections.abc import Sequence
from pathlib import Path

from batch.job import Job
from commands.config_models import models_in
from models.cache import sha256_of
from models.shelf import ensure, file_of
from pipeline.config import Settings, check_settings
from pipeline.config_file import read_document, with_overrides
from pipeline.errors import ConfigError, SourceError
from pipeline.sources.places import is_pattern, matches, require_file
from stages import CATALOGUE

_SUFFIXES = "3gp asf avi flv gif m2ts m4v mjpeg mkv mov mp4 mpeg mpg mts mxf ogv ts vob webm wmv"
RECORDINGS = frozenset(f".{suffix}" for suffix in _SUFFIXES.split(" "))
"""What is taken out of a folder; any file may be named by itself."""


def jobs_of(
    inputs: Sequence[str],
    out: Path,
    config: Path,
    assignments: tuple[str, ...],
    cache: Path,
    *,
    with_video: bool,
    to: str = "",
) -> list[Job]:
    """A job for each recording, in the order of the inputs, those of a folder or pattern by name.

    Raises:
        ConfigError: a mistake in the config, an output that cannot be, or one name for two results.
        SourceError: an input is not there, or a folder without recordings.
        ModelError: a model is missing.
    """
    document = with_overrides(read_document(config), assignments)
    models = _models(check_settings(document, CATALOGUE), cache)
    jobs = [
        Job(given, str(out), f"{_stem(given)}.annotated", document, with_video, models, to)
        for given in _expanded(inputs, out)
    ]
    seen: dict[str, str] = {}
    for job in jobs:
        if job.stem in seen:
            raise ConfigError(
                f"{seen[job.stem]} and {job.name} would both be written to {out}/{job.stem}.*; rename one, or make"
                " two batches"
            )
        seen[job.stem] = job.name
    return jobs


def _models(settings: Settings, cache: Path) -> tuple[tuple[str, str], ...]:
    """Name and checksum of each file of each model that the config uses."""
    found = {}
    for spec in models_in(settings).values():
        for form in ensure(spec, cache):
            found[f"{spec.name}.{form}"] = sha256_of(file_of(spec, form, cache))
    return tuple(sorted(found.items()))


def _expanded(inputs: Sequence[str], out: Path) -> list[str]:
    """Each recording once."""
    found: dict[str, None] = {}
    for given in inputs:
        if "://" in given and not Path(given).exists():
            found.update(dict.fromkeys(_addresses(given)))
            continue
        path = Path(given)
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.suffix.lower() in RECORDINGS and one.is_file())
            inside = [one for one in inside if out.resolve() not in one.resolve().parents]
            if not inside:
                raise SourceError(f"no recordings in {path}; name the files, if they are called otherwise")
            found.update(dict.fromkeys(str(one) for one in inside))
        elif is_pattern(path):
            named = sorted(matches(path))
            if not named:
                raise SourceError(f"no file is called {given}; check the pattern")
            found.update(dict.fromkeys(str(one) for one in named))
        else:
            require_file(path)
            found[given] = None
    return list(found)


def _addresses(given: str) -> list[str]:
    """The files that an address names; a pattern is looked up where it lies."""
    if not any(sign in given for sign in "*["):
        return [given]
    from batch.fetch import listed

    return listed(given)


def _stem(given: str) -> str:
    return Path(given.partition("?")[0] if "://" in given else given).stem
