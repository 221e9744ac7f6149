"""`python run.py events`: what happened, asked of a database afterwards or while a run writes it."""

from pathlib import Path

import click

from commands.lazy import LazyGroup


@click.group(cls=LazyGroup, lazy={"audit": "commands.events_audit:audit"})
def events() -> None:
    """Ask what happened."""


@events.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--since", help="Not before: 2026-05-01, 2026-05-01T14:30, or so long ago: 90m, 2h, 7d.")
@click.option("--until", help="Before; said in the same way.")
@click.option("--from", "from_s", type=float, help="Not before this second of the recording.")
@click.option("--to", "to_s", type=float, help="Before this second of the recording.")
@click.option("--type", "kinds", multiple=True, help="crossed, entered, ...; may be given several times.")
@click.option("--zone", "zones", multiple=True, help="Name of an area or line; may be given several times.")
@click.option("--class", "classes", multiple=True, help="Class of the object; may be given several times.")
@click.option("--source", "sources", multiple=True, help="Name of the source; may be given several times.")
@click.option("--track", "tracks", multiple=True, type=int, help="Number of a track; may be given several times.")
@click.option("--last", type=click.IntRange(min=1), help="Only so many, the newest.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
def query(
    file: Path,
    since: str | None,
    until: str | None,
    from_s: float | None,
    to_s: float | None,
    kinds: tuple[str, ...],
    zones: tuple[str, ...],
    classes: tuple[str, ...],
    sources: tuple[str, ...],
    tracks: tuple[int, ...],
    last: int | None,
    form: str,
) -> None:
    """List the events in FILE, a database that `--export sqlite=FILE` or `data.sqlite` made.

    \b
    python run.py events query gate.db --since 2h --type crossed
    python run.py events query gate.db --since 2026-05-01 --zone door --format csv > may.csv
    """
    from commands.events_query import Asked, find, moment_s, show

    asked = Asked(
        since_s=None if since is None else moment_s("--since", since),
        until_s=None if until is None else moment_s("--until", until),
        from_s=from_s,
        to_s=to_s,
        one_of={"kind": kinds, "zone": zones, "class_name": classes, "source": sources, "track_id": tracks},
        last=last,
    )
    found = find(file, asked)
    show(found.rows, form)
    for note in found.notes:
        click.echo(f"sluice: {note}", err=True)
