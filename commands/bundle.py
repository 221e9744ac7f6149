"""The commands that carry what a config needs to a device: bundle, unbundle."""

import tempfile
from pathlib import Path

import click
import cv2
import numpy as np

from commands.bundle_code import FOLDER, code_files
from commands.config_models import models_in
from commands.options import config_option
from commands.settings import load_settings
from models.backend import Runtime
from models.bundle import (
    CONFIG,
    PICTURE,
    Manifest,
    PackedModel,
    choose_form,
    pack_model,
    png,
    run_golden_tests,
    write_bundle,
)
from models.golden import golden_picture
from models.options import cache_option
from models.unpack import is_bundle, open_bundle, unpack
from pipeline.errors import ConfigError, ModelError


@click.command()
@config_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("edge.tar.gz"), show_default=True, help="File."
)
@click.option(
    "--runtime",
    type=click.Choice(["tflite", "onnx"]),
    default="tflite",
    show_default=True,
    help="What the device runs models in.",
)
@click.option("--picture", type=click.Path(path_type=Path), help="For the golden tests.  [default: a street]")
@click.option("--code/--no-code", default=True, show_default=True, help="Pack the program, too.")
@cache_option
def bundle(config: Path, output: Path, runtime: Runtime, picture: Path | None, code: bool, cache: Path) -> None:
    """Pack just what a config needs into one file, to carry to a device that has no TensorFlow.

    The file holds the config, the weights it uses, the program, their checksums, and a golden test of each model, which
    the device runs when it loads the bundle. It is the same for every kind of processor.
    """
    if not output.name.endswith((".tar.gz", ".tgz")):
        raise ConfigError(f"-o {output}: a bundle is told by its name; end it in .tar.gz")
    manifest = pack_config(config, output, runtime, cache, _read(picture), with_code=code)
    models = ", ".join(manifest.models) or "no model"
    click.echo(f"{output}: {models}; {output.stat().st_size / 1e6:.1f} MB")
    click.echo(f"on the device: python run.py annotate -c {output.name} VIDEO")
    if code:
        install = f"sudo sh {FOLDER}/deploy/install.sh --config {output.name}"
        click.echo(f"on one without Sluice: tar xzf {output.name} {FOLDER} && {install}")


@click.command()
@click.argument("path", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path), help="Folder to make; without it, the cache is used.")
@cache_option
def unbundle(path: Path, into: Path | None, cache: Path) -> None:
    """Test a bundle on this machine: checksums, and what each model is fed and answers."""
    folder, manifest = open_bundle(path, cache) if into is None else (into, unpack(path, into))
    for line in run_golden_tests(folder, manifest):
        click.echo(f"{line}: as where it was packed")
    click.echo(f"{path} is good; unpacked in {folder}")


def pack_config(
    config: Path, output: Path, runtime: Runtime, cache: Path, picture: np.ndarray, *, with_code: bool = False
) -> Manifest:
    """Write a bundle of what a config needs, and test it first: unpacked, as a device would.

    Args:
        config: Its file.
        output: The bundle to write.
        runtime: What the device has.
        cache: Where the models lie.
        picture: `(H, W, 3) uint8` BGR, for the golden tests.
        with_code: Pack the program, too.

    Raises:
        ConfigError: the config has a mistake, or is a bundle already.
        ModelError: a model is not in the cache in the form that the device needs, or `output` cannot be written.
    """
    if is_bundle(config):
        raise ConfigError(f"{config} is a bundle already; name a config file")
    settings = load_settings(config)
    specs = models_in(settings)
    files = {CONFIG: config.read_bytes(), PICTURE: png(picture)} | (code_files() if with_code else {})
    models, paths, values = dict[str, PackedModel](), dict[str, str](), dict[str, str]()
    for stage in settings.stages:
        for name in type(stage.config).model_fields:
            setting, value = f"stages.{stage.name}.{name}", getattr(stage.config, name)
            spec = specs.get(f"{stage.name}.{name}")
            if spec is not None:
                form = choose_form(spec, cache, runtime, getattr(stage.config, "precision", "full"))
                label = f"{spec.name}.{form}"
                if label not in models:
                    models[label], parts = pack_model(spec, form, cache, picture)
                    files |= parts
                paths[setting] = models[label].spec
                if "runtime" in type(stage.config).model_fields:
                    values[f"stages.{stage.name}.runtime"] = runtime
            elif isinstance(value, Path) and value.is_file():
                paths[setting] = f"files/{stage.name}.{name}{value.suffix}"
                files[paths[setting]] = value.read_bytes()
    with tempfile.TemporaryDirectory(prefix="sluice-") as folder:
        trial, device = Path(folder) / "trial.tar.gz", Path(folder) / "device"
        write_bundle(trial, files, models, paths, values)
        run_golden_tests(device, unpack(trial, device))
    return write_bundle(output, files, models, paths, values)


def _read(path: Path | None) -> np.ndarray:
    if path is None:
        return golden_picture()
    picture = cv2.imread(str(path))
    if picture is None:
        raise ModelError(f"cannot read the picture {path}; name a .png or .jpg")
    return np.asarray(picture)
