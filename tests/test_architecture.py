"""Imports point down the list of rooms, never up; and nothing that runs video imports TensorFlow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BELOW = {
    "run": {"batch", "commands", "web", "stages", "gallery", "readers", "models", "pipeline", "vision"},
    "batch": {"commands", "web", "stages", "gallery", "readers", "models", "pipeline", "vision"},
    "commands": {"web", "stages", "gallery", "readers", "models", "pipeline", "vision"},
    "web": {"pipeline", "vision"},
    "stages": {"gallery", "readers", "models", "pipeline", "vision"},
    "gallery": {"models", "pipeline", "vision"},
    "readers": {"models", "pipeline", "vision"},
    "models": {"pipeline", "vision"},
    "pipeline": set[str](),
    "vision": set[str](),
}
MODULES = [path for room in BELOW for path in ([ROOT / "run.py"] if room == "run" else (ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    room = "run" if path == ROOT / "models" / "__main__.py" else path.relative_to(ROOT).parts[0].removesuffix(".py")
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.partition(".")[0])
    assert imported & BELOW.keys() <= BELOW[room] | {room}


def test_what_the_models_room_takes_from_the_pipeline_is_its_errors_locks_and_whole_files_alone() -> None:
    taken = {
        node.module
        for path in (ROOT / "models").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipeline")
    }
    assert taken == {"pipeline.errors", "pipeline.locks", "pipeline.whole"}


@pytest.mark.parametrize("module", ["run", "commands.annotate", "commands.doctor", "stages.ssd", "models.__main__"])
def test_nothing_heavy_is_imported_to_start(module: str) -> None:
    heavy = ("tensorflow", "tf2onnx", "scipy", "matplotlib")
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
