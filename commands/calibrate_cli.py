"""`python -m models calibrate RUN`: make a network's probabilities mean what they say."""

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
def calibrate(run: Path) -> None:
    """Make the probabilities of a trained network mean what they say.

    One number, the temperature, by which its logits are divided: found on the validation split (Guo et al. 2017), and
    kept in model.keras. The answers stay the same, only how sure they are changes.
    """
    from models.evaluation.calibrate import calibrate as run_calibration
    from models.evaluation.classifier import forms_of
    from models.experiments.run import open_run
    from models.training.quiet import quiet

    opened = open_run(run)
    quiet()
    told = run_calibration(opened, lambda line: click.echo(line, err=True))
    click.echo(f"temperature {told.temperature:.3f}, before {told.earlier:.3f}; {told.pictures:,} validation pictures")
    click.echo(f"calibration error {told.error[0]:.2%} -> {told.error[1]:.2%}")
    click.echo(f"log-loss {told.log_loss[0]:.4f} -> {told.log_loss[1]:.4f}")
    older = [form for form in forms_of(run) if form != "keras"]
    if older:
        click.echo(
            f"{', '.join(older)} still have the temperature before; run: python -m models export {run}", err=True
        )
