"""`run.py faces`: who is known, in a file of their own."""

import json
import sys
from pathlib import Path

import click

from commands.faces_opening import Opening, ask, gallery_options, read_passphrase

json_option = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
thumbnails_option = click.option(
    "--thumbnails", is_flag=True, help="Keep a small picture of each face, so that another network can be asked later."
)
seal_option = click.option("--seal", is_flag=True, help="Seal a new gallery under a passphrase (asked for).")
largest_option = click.option("--largest", is_flag=True, help="Take the largest face where there are several.")
quality_option = click.option(
    "--min-quality", type=click.FloatRange(0, 1), default=0.2, show_default=True, help="Refuse poorer views."
)
model_option = click.option("--model", default="face-dlib-resnet", show_default=True, help="Network that embeds faces.")
paths = click.Path(path_type=Path)


@click.group()
def faces() -> None:
    """Enrol people, see who is known, and forget them.

    \b
    python run.py faces enrol Ada ada1.jpg ada2.jpg --gallery people.gallery
    python run.py faces match party.jpg --gallery people.gallery --json

    A gallery holds numbers, not pictures, unless --thumbnails is given; `faces seal` encrypts it.
    """


@faces.command("enrol")
@click.argument("name")
@click.argument("targets", metavar="IMAGE|FOLDER|VIDEO...", nargs=-1, required=True, type=paths)
@largest_option
@quality_option
@thumbnails_option
@seal_option
@model_option
@gallery_options
def enrol_command(
    opening: Opening,
    name: str,
    targets: tuple[Path, ...],
    largest: bool,
    min_quality: float,
    thumbnails: bool,
    seal: bool,
    model: str,
) -> None:
    """Remember the face of NAME from pictures, folders or recordings of that person alone.

    Exit codes: 0 done; 1 some of the files named were refused; 2 nothing was taken.
    """
    from commands.faces_enrol import Rules, enrol
    from commands.faces_look import Looker
    from commands.faces_told import tell_enrolled

    with Looker(model) as looker:
        done = enrol(looker, opening, name, targets, Rules(largest, min_quality, thumbnails), seal=seal)
    tell_enrolled(done)
    sys.exit(1 if done.named_refused else 0)


@faces.command("not")
@click.argument("name")
@click.argument("targets", metavar="IMAGE|FOLDER...", nargs=-1, required=True, type=paths)
@largest_option
@quality_option
@thumbnails_option
@model_option
@gallery_options
def not_command(
    opening: Opening,
    name: str,
    targets: tuple[Path, ...],
    largest: bool,
    min_quality: float,
    thumbnails: bool,
    model: str,
) -> None:
    """Say that faces are not NAME, however alike: whoever is nearer to them than to NAME is not taken for NAME."""
    from commands.faces_enrol import Rules, enrol
    from commands.faces_look import Looker
    from commands.faces_told import tell_enrolled

    with Looker(model) as looker:
        done = enrol(looker, opening, name, targets, Rules(largest, min_quality, thumbnails, is_not=True), seal=False)
    tell_enrolled(done)
    sys.exit(1 if done.named_refused else 0)


@faces.command("import")
@click.argument("source", metavar="FOLDER|FILE", type=paths)
@largest_option
@quality_option
@thumbnails_option
@seal_option
@model_option
@gallery_options
def import_command(
    opening: Opening, source: Path, largest: bool, min_quality: float, thumbnails: bool, seal: bool, model: str
) -> None:
    """Remember everybody of FOLDER, which has a folder of pictures for each person, or of an exported FILE."""
    from commands.faces_enrol import Rules, import_folder
    from commands.faces_exchange import import_file, read_exported
    from commands.faces_look import Looker
    from commands.faces_told import counted, tell_enrolled
    from gallery.store import Gallery

    if source.is_file():
        told = read_exported(source)
        with Gallery.open(opening.path, opening.passphrase(seal=seal), create=True) as gallery:
            people, new = import_file(gallery, told, source)
        click.echo(f"{people} people, {new} new pictures")
        return
    with Looker(model) as looker:
        rules = Rules(largest, min_quality, thumbnails)
        all_done, refused = import_folder(looker, opening, source, rules, seal=seal)
    for done in all_done:
        tell_enrolled(done)
    for line in refused:
        click.echo(f"sluice: {line}", err=True)
    click.echo(f"{counted(len(all_done), 'folder')} enrolled" + (f", {len(refused)} could not be" if refused else ""))


@faces.command("list")
@json_option
@gallery_options
def list_command(opening: Opening, as_json: bool) -> None:
    """List everybody in the gallery."""
    from commands.faces_told import tell_people

    with opening.open(write=False) as gallery:
        tell_people(gallery.people(), gallery.twins(), as_json=as_json)


@faces.command("show")
@click.argument("name")
@click.option("--thumbnails-to", type=paths, help="Folder to write the thumbnails into.")
@json_option
@gallery_options
def show_command(opening: Opening, name: str, thumbnails_to: Path | None, as_json: bool) -> None:
    """Show what is kept of NAME."""
    from commands.faces_told import tell_person
    from commands.faces_upkeep import write_thumbnails

    with opening.open(write=False) as gallery:
        person, pictures = gallery.person(name), gallery.pictures(name)
    tell_person(person, pictures, as_json=as_json)
    if thumbnails_to is not None:
        write_thumbnails(pictures, thumbnails_to)


@faces.command("rename")
@click.argument("old")
@click.argument("new")
@gallery_options
def rename_command(opening: Opening, old: str, new: str) -> None:
    """Give OLD the name NEW."""
    with opening.open() as gallery:
        gallery.rename(old, new)
    click.echo(f"{old} is {new} now")


@faces.command("merge")
@click.argument("into")
@click.argument("others", nargs=-1, required=True)
@gallery_options
def merge_command(opening: Opening, into: str, others: tuple[str, ...]) -> None:
    """Make OTHERS one person with INTO, whose name stays."""
    with opening.open() as gallery:
        gallery.merge(into, others)
        person = gallery.person(into)
    click.echo(f"{person.name}: {person.pictures} pictures")


@faces.command("remove")
@click.argument("names", nargs=-1, required=True)
@click.option("--picture", type=int, help="Only this picture of one person, by its number in `faces show`.")
@gallery_options
def remove_command(opening: Opening, names: tuple[str, ...], picture: int | None) -> None:
    """Forget NAMES for good: nothing of them is in the file afterwards."""
    from pipeline.errors import ConfigError

    if picture is not None and len(names) != 1:
        raise ConfigError("--picture is of one person; give one name")
    with opening.open() as gallery:
        if picture is None:
            gallery.remove(names)
        else:
            gallery.remove_picture(names[0], picture)
    click.echo(f"removed {', '.join(names) if picture is None else f'picture {picture} of {names[0]}'}")


@faces.command("twins")
@click.argument("a")
@click.argument("b")
@click.option("--no-longer", is_flag=True, help="They are not, after all.")
@gallery_options
def twins_command(opening: Opening, a: str, b: str, no_longer: bool) -> None:
    """Say that A and B look alike, so that both may be seen at once."""
    with opening.open() as gallery:
        gallery.set_twins(a, b, not no_longer)
    click.echo(f"{a} and {b} are {'no twins' if no_longer else 'twins'}")


@faces.command("match")
@click.argument("targets", metavar="IMAGE...", nargs=-1, required=True, type=paths)
@click.option(
    "--max-distance",
    type=click.FloatRange(0, 2),
    help="Farther is a stranger. [default: 0.9 of what the network's makers say]",
)
@json_option
@model_option
@gallery_options
def match_command(
    opening: Opening, targets: tuple[Path, ...], max_distance: float | None, as_json: bool, model: str
) -> None:
    """Say who is on pictures, a line each: faces from left to right. Nothing is stored.

    Exit codes: 0 done; 2 a picture could not be read, the others are told all the same.
    """
    from commands.faces_look import Looker
    from commands.faces_match import match_picture
    from commands.faces_pictures import spread
    from gallery.known import Known
    from pipeline.errors import PipelineError

    failed = 0
    with Looker(model) as looker:
        known = Known.open(opening.path, looker.fingerprint, opening.passphrase())
        limit = looker.max_distance if max_distance is None else max_distance
        for target in targets:
            try:
                for path, _ in spread([target]):
                    found = match_picture(looker, known, path, limit)
                    if as_json:
                        line = {"image": str(path), "faces": [face.row() for face in found]}
                        click.echo(json.dumps(line, ensure_ascii=False))
                    else:
                        who = [f"{face.name or 'unknown'} ({face.distance})" for face in found]
                        click.echo(f"{path}: {', '.join(who) or 'no face'}")
            except PipelineError as error:
                click.echo(f"sluice: {error}", err=True)
                failed += 1
    sys.exit(2 if failed else 0)


@faces.command("export")
@click.argument("target", metavar="FILE", type=paths)
@gallery_options
def export_command(opening: Opening, target: Path) -> None:
    """Write everybody to FILE as JSON, in clear: embeddings, and thumbnails where they were kept."""
    from commands.faces_exchange import export

    with opening.open(write=False) as gallery:
        people, sealed = export(gallery, target), gallery.file.sealed
    click.echo(f"{people} people in {target}{', in clear: the gallery is sealed, this file is not' if sealed else ''}")


@faces.command("stats")
@json_option
@gallery_options
def stats_command(opening: Opening, as_json: bool) -> None:
    """Say how far apart people are, and who may be enrolled twice."""
    from commands.faces_upkeep import stats, tell_stats

    with opening.open(write=False) as gallery:
        told = stats(gallery)
    tell_stats(told, as_json=as_json)


@faces.command("calibrate")
@click.option("--far", type=click.FloatRange(0, 0.5), default=0.001, show_default=True, help="False accepts allowed.")
@click.option("--plot", type=paths, help="Draw both histograms (.png, .svg).")
@json_option
@model_option
@gallery_options
def calibrate_command(opening: Opening, far: float, plot: Path | None, as_json: bool, model: str) -> None:
    """Find the threshold for a false-accept rate from the gallery's own pictures; say who is confused and why."""
    from commands.faces_calibrate import calibrate, draw
    from commands.faces_upkeep import rows_of, tell_calibration
    from gallery.distances import distances
    from models.face_embedder import FaceEmbedder

    embedder = FaceEmbedder(model)
    embedder.close()
    with opening.open(write=False) as gallery:
        found = distances(rows_of(gallery, embedder.fingerprint))
    told = calibrate(found, far, embedder.same_below)
    if plot is not None:
        draw(told, found, plot)
    tell_calibration(told, as_json=as_json)


@faces.command("audit")
@click.argument("name", required=False)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="So many lines.")
@json_option
@gallery_options
def audit_command(opening: Opening, name: str | None, limit: int, as_json: bool) -> None:
    """Tell what was done, and who was named when and why; newest first."""
    from commands.faces_told import tell_log
    from gallery.audit import read_log

    with opening.open(write=False) as gallery:
        if name is not None:
            gallery.person(name)
        entries = read_log(gallery.file, name, limit)
    tell_log(entries, as_json=as_json)


@faces.command("reembed")
@click.option("--drop-others", is_flag=True, help="Forget what other networks made of the faces.")
@model_option
@gallery_options
def reembed_command(opening: Opening, drop_others: bool, model: str) -> None:
    """Ask another network about everybody, by the thumbnails that were kept."""
    from commands.faces_look import Looker
    from commands.faces_upkeep import reembed

    with Looker(model) as looker, opening.open() as gallery:
        done, left = reembed(looker, gallery, drop_others=drop_others)
    click.echo(f"{done} pictures embedded again" + (f"; no thumbnail, enrol again: {', '.join(left)}" if left else ""))
    sys.exit(1 if left else 0)


@faces.command("seal")
@click.option("--new-passphrase-file", type=paths, help="File with the passphrase to seal it under. [default: asks]")
@gallery_options
def seal_command(opening: Opening, new_passphrase_file: Path | None) -> None:
    """Encrypt the gallery under a passphrase, or under another one."""
    with opening.open() as gallery:
        new = read_passphrase(new_passphrase_file) if new_passphrase_file else ask("new passphrase", twice=True)
        gallery.file.seal(new)
    click.echo(f"{opening.path} is sealed; without the passphrase nobody can open it, nor can you")


@faces.command("unseal")
@gallery_options
def unseal_command(opening: Opening) -> None:
    """Put a sealed gallery in clear again."""
    with opening.open() as gallery:
        sealed = gallery.file.sealed
        if sealed:
            gallery.file.seal(None)
    click.echo(f"{opening.path} is in clear{'' if sealed else ' already'}")
