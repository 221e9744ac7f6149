"""`python -m models`: which models there are, and getting them."""

import sys
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.status import Status
from rich.table import Table

from models.cache import default_cache
from models.pull import pull as pull_model
from models.resolve import resolve
from models.shelf import cached_forms, file_of, find, shelf
from models.spec import ModelSpec
from pipeline.errors import PipelineError

cache_option = click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_cache,
    show_default="the user's cache folder",
    help="Folder for fetched and converted models.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Networks that Sluice knows: list them, get them, look at them."""


@main.command("list")
@cache_option
def list_models(cache: Path) -> None:
    """Show every model of the shelf."""
    table = Table("name", "task", "input", "licence", "commercial use", "cached", box=None, pad_edge=False)
    for spec in shelf().values():
        forms = ", ".join(cached_forms(spec, cache)) or "no"
        table.add_row(spec.name, spec.task, _size(spec), spec.licence or "unknown", _allowed(spec), forms)
    Console().print(table)


@main.command()
@click.argument("names", nargs=-1)
@click.option("--all-default", is_flag=True, help="Every model that a default setting names.")
@cache_option
def pull(names: tuple[str, ...], all_default: bool, cache: Path) -> None:
    """Get models into the cache: fetch, check, convert. What is there already stays."""
    wanted = [spec for spec in shelf().values() if spec.default] if all_default else [find(name) for name in names]
    if not wanted:
        raise click.UsageError(f"name a model ({', '.join(shelf())}), or say --all-default")
    console = Console(stderr=True)
    for spec in wanted:
        with console.status(spec.name) as status:
            done = pull_model(spec, cache, partial(_tell, console, status, spec.name))
        forms = ", ".join(cached_forms(spec, cache))
        click.echo(f"{spec.name}: {'ready' if done else 'there already'} ({forms}) in {cache / 'models' / spec.name}")


@main.command()
@click.argument("name")
@cache_option
def show(name: str, cache: Path) -> None:
    """Show one model of the shelf, or a spec or weights file of your own."""
    spec = resolve(name)
    table = Table(show_header=False, box=None, pad_edge=False)
    feed = spec.input
    rows = {
        "name": spec.name,
        "task": spec.task,
        "input": f"{_size(spec)} {feed.layout} {feed.colour} {feed.dtype}, (pixel - {feed.mean:g}) * {feed.scale:g}",
        "output": spec.output.form,
        "labels": f"{len(spec.labels)}: {', '.join(spec.labels[:5])}" if spec.labels else "none",
        "licence": f"{spec.licence or 'unknown'} (commercial use: {_allowed(spec)})",
        "origin": spec.origin or "unknown",
    }
    for form in spec.files:
        path = file_of(spec, form, cache)
        rows[form] = f"{path} ({path.stat().st_size / 1e6:.1f} MB)" if path.is_file() else f"{path} (absent)"
    for field, value in rows.items():
        table.add_row(field, value)
    Console(soft_wrap=True).print(table, highlight=False)


def _tell(console: Console, status: Status, name: str, line: str) -> None:
    """Show what is going on: beside the spinner, or where there is no terminal as a line of its own."""
    if console.is_terminal:
        status.update(f"{name}: {line}")
    else:
        console.print(f"{name}: {line}", highlight=False)


def _size(spec: ModelSpec) -> str:
    return "{} x {}".format(*spec.input.size)


def _allowed(spec: ModelSpec) -> str:
    return {True: "yes", False: "no", None: "unknown"}[spec.commercial]


if __name__ == "__main__":
    try:
        main(prog_name="python -m models")
    except PipelineError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
