"""What several commands can be told."""

from pathlib import Path

import click

CONFIGS = Path(__file__).resolve().parents[1] / "configs"

config_option = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    default=CONFIGS / "people.yaml",
    show_default="configs/people.yaml",
    help="Config file.",
)
