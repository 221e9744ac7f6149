"""Where the results of each input go: names given, or made from the input's."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError


@dataclass(frozen=True)
class Wanted:
    """What the command line says about outputs."""

    output: str | None = None
    """A file; a folder where it is one, ends with a slash, or there are several inputs."""
    jsonl: Path | None = None
    no_jsonl: bool = False
    no_video: bool = False
    """Data alone: nothing is drawn or encoded."""
    exports: tuple[tuple[str, Path], ...] = ()
    """Kind and file."""


@dataclass(frozen=True)
class Target:
    """The files that one input's results go to."""

    source: str
    video: Path | None
    """None where data alone is wanted."""
    jsonl: Path | None
    exports: tuple[tuple[str, Path], ...]

    @property
    def files(self) -> list[Path]:
        """Every file that will be written."""
        return [*(file for file in (self.video, self.jsonl) if file), *(path for _, path in self.exports)]


def target_for(source: str, wanted: Wanted, *, alone: bool, suffix: str) -> Target:
    """Name the outputs of one input.

    Args:
        source: The input as given: a file, a folder or a glob.
        wanted: What the command line says.
        alone: Whether it is the only input; several need a folder, and no single data file.
        suffix: `.mp4` or `.mkv`, where no output file is named.

    Raises:
        ConfigError: an output that is the input, one name for several inputs, a folder where a file was named, or a
            video's name where none is wanted.
    """
    folder = Path()
    video: Path | None = None
    if wanted.output is not None:
        if not alone or Path(wanted.output).is_dir() or wanted.output.endswith("/"):
            folder = Path(wanted.output)
        else:
            video = Path(wanted.output)
    if video is not None and wanted.no_video:
        raise ConfigError(
            f"-o {video} names a video, and --no-video wants none; name a folder, or the data with --jsonl"
        )
    if not alone and (wanted.jsonl or wanted.exports):
        raise ConfigError("several inputs cannot share one --jsonl or --export file; annotate them one at a time")
    if video is None:
        video = folder / f"{stem_of(source)}.annotated{suffix}"
    jsonl = None if wanted.no_jsonl else wanted.jsonl or video.with_suffix(".jsonl")
    target = Target(source, None if wanted.no_video else video, jsonl, wanted.exports)
    _check(target)
    return target


def stem_of(source: str) -> str:
    """A file name's stem for an input: of a file, a folder, or the folder that a glob looks in.

    >>> stem_of("clips/walk.mp4"), stem_of("frames/"), stem_of("shots/*.png")
    ('walk', 'frames', 'shots')
    """
    path = Path(source)
    if any(sign in path.name for sign in "*?[") and not path.exists():
        path = path.parent
    if path.is_dir() or not path.suffix:
        return path.resolve().name or "images"
    return path.stem


def check_distinct(targets: Sequence[Target]) -> None:
    """Refuse two inputs whose results would have one name.

    Raises:
        ConfigError: naming both.
    """
    seen: dict[Path, str] = {}
    for target in targets:
        for file in target.files:
            place = file.resolve()
            if place in seen:
                raise ConfigError(f"{seen[place]} and {target.source} would both be written to {file}; rename one")
            seen[place] = target.source


def _check(target: Target) -> None:
    for file in target.files:
        if _same_file(file, Path(target.source)):
            raise ConfigError(f"the output {file} is the input; name another with -o")
        if file.is_dir():
            raise ConfigError(f"{file} is a folder; name a file in it")
        parent = file.parent
        if parent.exists() and not parent.is_dir():
            raise ConfigError(f"cannot write {file}: {parent} is no folder")
    if len({file.resolve() for file in target.files}) < len(target.files):
        raise ConfigError(f"two outputs of {target.source} have one name: {', '.join(map(str, target.files))}")


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()
