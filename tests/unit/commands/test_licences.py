from pathlib import Path

from click.testing import CliRunner

from commands.config_models import models_of
from commands.licences import licences

PEOPLE = Path(__file__).parents[3] / "configs" / "people.yaml"


def test_the_models_of_a_config_are_found_by_setting() -> None:
    assert {place: spec.name for place, spec in models_of(PEOPLE).items()} == {"ssd.model": "person-ssdlite"}


def test_a_stage_without_settings_uses_its_default(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("stages:\n  ssd:\n")
    assert [spec.name for spec in models_of(tmp_path / "c.yaml").values()] == ["person-ssdlite"]


def test_a_licence_that_allows_commercial_use_is_exit_0() -> None:
    result = CliRunner().invoke(licences, ["-c", str(PEOPLE)])
    assert result.exit_code == 0
    assert "person-ssdlite  detect  MIT      yes" in result.output


def test_a_model_of_unknown_licence_is_exit_1_and_named(tmp_path: Path) -> None:
    spec = """
input: {size: [300, 300], colour: rgb, dtype: uint8, mean: 0, scale: 1}
output: {form: tflite-detection}
files: {tflite: {file: mine.tflite}}
labels: [cat]
"""
    (tmp_path / "mine.yaml").write_text(spec)
    (tmp_path / "c.yaml").write_text(f"stages:\n  ssd: {{model: {tmp_path / 'mine.yaml'}}}\n")
    result = CliRunner().invoke(licences, ["-c", str(tmp_path / "c.yaml")])
    assert result.exit_code == 1
    assert "not known to be free for commercial use: mine" in result.output
