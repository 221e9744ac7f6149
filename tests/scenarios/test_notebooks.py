"""Somebody new to the subject opens the notebooks, and runs them from the first cell to the last."""

from itertools import pairwise
from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")
pytest.importorskip("tensorflow")

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SMALL = {"EPOCHS": 1, "LIMIT": 12, "DIGITS": 2}
"""In place of what stands in a notebook's own settings."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_the_first_cell_to_the_last(
    path: Path, tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str]
) -> None:
    notebook = nbformat.read(path, 4)
    settings = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    own = [line.split(" = ")[0] for line in settings.source.splitlines()]
    small = {**SMALL, "OUT": f"Path({str(tmp_path_factory.mktemp('notebook'))!r})"}
    settings.source += "".join(f"\n{name} = {small[name]}" for name in own)
    resources = {"metadata": {"path": str(FOLDER)}}
    nbclient.NotebookClient(notebook, timeout=240, kernel_name="python3", resources=resources).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in shown)
    assert not [output["text"] for output in shown if output.output_type == "stream" and output.name == "stderr"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_what_it_once_showed(path: Path) -> None:
    for cell in nbformat.read(path, 4).cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None


def test_each_notebook_leads_to_the_next() -> None:
    assert len(NOTEBOOKS) == 3
    for one, following in pairwise(NOTEBOOKS):
        assert f"({following.name})" in one.read_text(encoding="utf-8")
