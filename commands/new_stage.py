"""`python run.py new-stage NAME`: a stage, its config and its test, that work at once."""

import importlib.util
import keyword
from pathlib import Path

import click

from pipeline.errors import ConfigError

HOME = Path(__file__).resolve().parents[1]
STAGE = '''\
"""How bright the picture is: a stage to begin from."""

from dataclasses import dataclass
from pydantic import Field
from pipeline.stage import StageConfig
from pipeline.types import Packet

@dataclass(frozen=True)
class {kind}Found:
    share: float
    key = "{name}"
    def rows(self) -> object:
        return {{"share": round(self.share, 3)}}

class {kind}Config(StageConfig):
    above: int = Field(128, ge=0, le=255, description="grey level from which a pixel is bright")

class {kind}:
    """Part of the picture that is bright."""
    Config, gives, in_order = {kind}Config, {kind}Found, False
    def __init__(self, config: {kind}Config) -> None:
        self.config = config
    def process(self, packet: Packet) -> {kind}Found:
        return {kind}Found(float((packet.frame.image > self.config.above).mean()))
'''
CONFIG = """\
stages:
  {name}: {{use: "{name}:{kind}", above: 100}}
"""
TEST = """\
import sys
from pathlib import Path
import numpy as np
sys.path.append({home!r})  # where Sluice stands
from commands.settings import load_settings
from pipeline.build import build
from pipeline.types import Frame, Packet

def test_a_white_picture_is_bright() -> None:
    (plan,) = build(load_settings(Path(__file__).with_name("{name}.yaml")))
    white = Frame(np.full((4, 4, 3), 255, np.uint8), 0, 0.0, 0.0, "test")
    assert plan.workers[0].process(Packet(white)).share == 1.0
"""


@click.command()
@click.argument("name")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path(), help="Folder. [default: this one]")
def new_stage(name: str, output: Path) -> None:
    """Write a stage of your own to begin from: NAME.py, NAME.yaml and test_NAME.py.

    \b
    python run.py new-stage blink -o my_stages
    python -m pytest my_stages
    python run.py annotate walk.mp4 -c my_stages/blink.yaml
    """
    files = write_stage(name, output)
    for file in files:
        click.echo(f"wrote {file}")
    click.echo(f"its test:  python -m pytest {files[2]}")
    click.echo(f"run it:    python {HOME / 'run.py'} annotate walk.mp4 -c {files[1]}")


def write_stage(name: str, folder: Path) -> list[Path]:
    """Write the three files of a new stage.

    Raises:
        ConfigError: the name cannot be a module's, a file is already there, or the folder cannot be written.
    """
    if not name.isidentifier() or not name.isascii() or name != name.lower() or keyword.iskeyword(name):
        raise ConfigError(f"new-stage {name}: it becomes a module; use small letters, digits and _, as in my_stage")
    if importlib.util.find_spec(name) is not None:
        raise ConfigError(f"new-stage {name}: a module of that name is there, and would be found first; choose another")
    kind = "".join(part.title() for part in name.split("_"))
    texts = {f"{name}.py": STAGE, f"{name}.yaml": CONFIG, f"test_{name}.py": TEST}
    files = [folder / file for file in texts]
    for file in files:
        if file.exists():
            raise ConfigError(f"new-stage {name}: {file} is already there; choose another name or folder with -o")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in zip(files, texts.values(), strict=True):
            file.write_text(text.format(name=name, kind=kind, home=str(HOME)), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"new-stage {name}: cannot write to {folder}: {error.strerror}") from error
    return files
