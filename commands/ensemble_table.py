"""An ensemble beside its members, as a table."""

from typing import TYPE_CHECKING

import click
from rich.table import Table

from commands.console import open_console

if TYPE_CHECKING:
    from models.ensembles.judged import Judgement, Score
    from models.ensembles.spec import EnsembleSpec


def show_judgement(name: str, judgement: "Judgement", spec: "EnsembleSpec") -> None:
    """Print each member and the ensemble, what the ensemble brings, and how differently the members err."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for head in (name, "accuracy", "95 % interval", "log-loss", "weight"):
        table.add_column(head, justify="left" if head == name else "right")
    for member, one, weight in zip(spec.members, judgement.members, spec.weights(), strict=True):
        told = "left out" if not member.taken else "" if weight is None else f"{weight:.3f}"
        table.add_row(*_row(one), told)
    table.add_row(*_row(judgement.ensemble), "", style="bold")
    open_console(100).print(table)
    click.echo(f"{spec.method}, {judgement.split} split, {judgement.pictures:,} pictures")
    click.echo(f"over the best member {judgement.over_best}, over their mean {100 * judgement.over_mean:+.2f} points")
    means = judgement.diversity.means()
    told = ", ".join(f"{key.replace('_', ' ')} {_number(value)}" for key, value in means.items())
    click.echo(f"members: {told}")


def _row(one: "Score") -> tuple[str, str, str, str]:
    return one.name, f"{one.accuracy:.2%}", f"{one.low:.2%} to {one.high:.2%}", f"{one.log_loss:.4f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
