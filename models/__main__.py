"""`python -m models`: which models there are, getting them, looking at them, and making them fit a machine.

A door, like run.py: it stands above every room, so that it can read configs too.
"""

import sys

import click

from commands.bundle import bundle, unbundle
from commands.evaluate import evaluate
from commands.lazy import LazyGroup
from commands.licences import licences
from models.bench_commands import bench_command
from models.convert_commands import convert_model, quantize_model
from models.shelf_commands import list_models, pull, show, verify
from pipeline.errors import PipelineError

LAZY: dict[str, str] = {
    "adapt": "commands.adapt_cli:adapt",
    "cross-validate": "commands.cross_validate_cli:cross_validate",
    "calibrate": "commands.calibrate_cli:calibrate",
    "predict": "commands.predict_cli:predict",
    "ensemble": "commands.ensemble_cli:ensemble",
    "augment": "commands.augment_cli:augment",
    "activations": "commands.explain_cli:activations",
    "explain": "commands.explain_cli:explain",
    "export": "commands.export_cli:export",
    "data": "commands.data_cli:data",
    "nets": "commands.nets_cli:nets",
    "runs": "commands.runs_cli:runs",
    "train": "commands.train_cli:train",
    "workshop": "commands.workshop_cli:workshop",
    "tune": "commands.tune_cli:tune",
}
"""The workshop's commands, `module:command` by name: imported when they are used."""


@click.group(cls=LazyGroup, lazy=LAZY, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Networks that Sluice knows: list them, get them, check them, look at them.

    \b
    First steps:
      python -m models list
      python -m models pull --all-default
      python -m models show person-ssdlite
    """


for command in (
    list_models,
    pull,
    verify,
    show,
    licences,
    convert_model,
    quantize_model,
    bench_command,
    bundle,
    unbundle,
    evaluate,
):
    main.add_command(command)

if __name__ == "__main__":
    try:
        main(prog_name="python -m models")
    except PipelineError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
