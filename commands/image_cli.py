"""`run.py image`: filters on one picture."""

from pathlib import Path

import click


@click.command("image")
@click.argument("source", metavar="IN", required=False, type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="OUT", type=click.Path(path_type=Path), help="Picture to write (.png, .jpg).")
@click.option("--filter", "asked", multiple=True, metavar="NAME[:SETTING=VALUE,...]", help="Applied in this order.")
@click.option("--grid", is_flag=True, help="Write the picture and every step side by side.")
@click.option("--list", "listed", is_flag=True, help="List the filters and what can be set.")
def image_command(source: Path | None, output: Path | None, asked: tuple[str, ...], grid: bool, listed: bool) -> None:
    """Filter a picture with the filters that configs have.

    \b
    python run.py image photo.jpg -o clear.png --filter clahe
    python run.py image photo.jpg -o steps.png --filter clahe --filter "canny:low=50,high=150" --grid
    python run.py image --list

    Filters that compare frames (deflicker, temporal-denoise, mog2, knn) take the picture for the first of a recording.
    """
    from commands.image import filter_image, filter_lines

    if listed:
        click.echo("\n".join(filter_lines()))
        return
    if source is None or output is None:
        raise click.UsageError("name a picture to read, and one to write with -o; --list shows the filters")
    filter_image(source, output, asked, grid=grid)
    click.echo(f"{output}")
