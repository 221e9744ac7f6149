"""`python -m models augment`: look at what a training would see, before it runs for an hour on it."""

from pathlib import Path

import click

from commands.train_settings import train_settings

_ENOUGH = 20


@click.command()
@click.argument("source")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Settings of a training, YAML.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="One setting: augment.cutout=8")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("augmented.png"), show_default=True)
@click.option("--count", type=click.IntRange(1, 40), default=6, show_default=True, help="Pictures, a row each.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Another one draws others.")
def augment(
    source: str, config: Path | None, assignments: tuple[str, ...], output: Path, count: int, seed: int
) -> None:
    """Draw what a training would make of pictures of SOURCE: each as it is, and five variants of it.

    \b
    SOURCE is what data.source takes: digits, mnist, cifar10 ... or a folder, .tar, .csv or COCO .json.
      python -m models augment digits --set augment.rotate=15 --set augment.translate=0.1
      python -m models augment photos -c training.yaml -o seen.png
    """
    settings = train_settings(config, assignments)
    from models.data.load import load
    from models.training.augment_picture import draw_augmentation
    from models.training.quiet import quiet

    quiet()
    data = settings.data.model_copy(update={"source": source, "limit": settings.data.limit or _ENOUGH})
    found = load(data, lambda line: click.echo(line, err=True))
    draw_augmentation(settings.augment, found, output, count, seed)
    click.echo(str(output))
