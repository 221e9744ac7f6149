"""What the faces commands print: tables for people, plain values for programs."""

import json
from collections.abc import Sequence

import click

from commands.faces_enrol import Enrolled
from gallery.audit import Entry
from gallery.store import Person, StoredPicture


def counted(count: int, what: str) -> str:
    """A number with its word.

    >>> counted(1, "picture"), counted(2, "picture")
    ('1 picture', '2 pictures')
    """
    return f"{count} {what}{'' if count == 1 else 's'}"


def tell_enrolled(done: Enrolled) -> None:
    """How many pictures of a person were taken, and a line for each that was not."""
    for line in done.refused:
        click.echo(f"sluice: {line}", err=True)
    for line in done.remarks:
        click.echo(f"sluice: {line}", err=True)
    known = len(done.pictures) - done.new
    already = f", {known} there already" if known else ""
    refused = f", {len(done.refused)} refused" if done.refused else ""
    click.echo(f"{done.name}: {done.new} new{already}{refused}")


def tell_people(people: Sequence[Person], twins: Sequence[tuple[str, str]], *, as_json: bool) -> None:
    """Everybody of a gallery."""
    if as_json:
        click.echo(json.dumps([_person(person) for person in people], ensure_ascii=False))
        return
    if not people:
        click.echo("nobody is enrolled")
        return
    width = max(len(person.name) for person in people)
    for person in people:
        notes = [
            f"{counted(person.pictures, 'picture')} since {person.added[:10]}",
            counted(person.thumbnails, "thumbnail") if person.thumbnails else "",
            f"{person.not_pictures} that are not" if person.not_pictures else "",
            "a stranger" if person.stranger else "",
        ]
        click.echo(f"{person.name:<{width}}  {', '.join(note for note in notes if note)}")
    for a, b in twins:
        click.echo(f"twins: {a} and {b}")


def tell_person(person: Person, pictures: Sequence[StoredPicture], *, as_json: bool) -> None:
    """One person and what is kept of them."""
    rows = [
        {
            "id": picture.id,
            "source": picture.source,
            "added": picture.added,
            "quality": picture.quality,
            "is_not": picture.is_not,
            "thumbnail": picture.thumbnail is not None,
            "networks": list(picture.fingerprints),
        }
        for picture in pictures
    ]
    if as_json:
        click.echo(json.dumps({**_person(person), "pictures": rows}, ensure_ascii=False))
        return
    click.echo(f"{person.name}: {counted(person.pictures, 'picture')} since {person.added[:10]}")
    for picture in pictures:
        notes = ["thumbnail" if picture.thumbnail else "", "not this person" if picture.is_not else ""]
        told = "".join(f", {note}" for note in notes if note)
        click.echo(f"  picture {picture.id}: {picture.source}, quality {picture.quality:.2f}{told}")


def tell_log(entries: Sequence[Entry], *, as_json: bool) -> None:
    """The audit log, newest first."""
    for entry in entries:
        if as_json:
            click.echo(json.dumps(entry.rows(), ensure_ascii=False))
        else:
            why = ", ".join(f"{key} {_plain(value)}" for key, value in entry.detail.items())
            crop = " [picture]" if entry.crop else ""
            click.echo(f"{entry.at}  {entry.what:16} {entry.name or '-':20} {why}{crop}")
    if not entries and not as_json:
        click.echo("nothing is in the log")


def _plain(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(" ".join(map(str, one)) if isinstance(one, list) else str(one) for one in value) or "none"
    return str(value)


def _person(person: Person) -> dict[str, object]:
    return {
        "name": person.name,
        "pictures": person.pictures,
        "not_pictures": person.not_pictures,
        "thumbnails": person.thumbnails,
        "networks": list(person.fingerprints),
        "added": person.added,
        "stranger": person.stranger,
    }
