"""Whose the models of a config are, and whether they may be used at work."""

from pathlib import Path

import click
from rich.table import Table

from commands.config_models import models_of
from commands.console import open_console
from commands.options import config_option


@click.command()
@config_option
def licences(config: Path) -> None:
    """Show the licence of every model that a config uses.

    Exit 1 if one forbids commercial use, or nobody said that it allows it.
    """
    specs = {spec.name: spec for spec in models_of(config).values()}
    table = Table("model", "task", "licence", "work use", "origin", box=None, pad_edge=False)
    for spec in specs.values():
        allowed = {True: "yes", False: "no", None: "unknown"}[spec.commercial]
        table.add_row(spec.name, spec.task, spec.licence or "unknown", allowed, spec.origin or "unknown")
    open_console(240).print(table, highlight=False)
    doubtful = [name for name, spec in specs.items() if not spec.commercial]
    if doubtful:
        click.echo(f"not known to be free for commercial use: {', '.join(doubtful)}", err=True)
        raise SystemExit(1)
