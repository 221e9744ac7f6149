"""What several commands of `python -m models` can be told."""

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from models.cache import default_cache
from models.shelf import shelf

cache_option = click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_cache,
    show_default="the user's cache folder",
    help="Folder for fetched and converted models.",
)
models_dir_option = click.option(
    "--models-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="SLUICE_MODELS",
    show_envvar=True,
    help="Folder of files that counts before wheels and addresses, for a machine without a network.",
)


def complete_model(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Names of the shelf, for a shell's completion."""
    return [CompletionItem(name, help=spec.about) for name, spec in shelf().items() if name.startswith(begun)]
