"""What a program that runs a detector does not do: import TensorFlow, talk, or tell others about it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

DETECT = """
import sys
from pathlib import Path
import numpy as np
from pipeline.types import Frame, Packet
from stages.ssd import SsdConfig, SsdDetector
detector = SsdDetector(SsdConfig(runtime=sys.argv[1]), Path(sys.argv[2]))
found = detector.process(Packet(Frame(np.zeros((240, 320, 3), np.uint8), 0, 0.0, 0.0, "test")))
print(len(found), sorted({name.partition(".")[0] for name in sys.modules} & {"tensorflow", "keras", "tf2onnx"}))
"""


@pytest.mark.parametrize("runtime", ["auto", "onnx", "tflite"])
def test_it_imports_no_tensorflow_is_quiet_and_keeps_no_record(
    person_model: Path, tmp_path: Path, runtime: str
) -> None:
    """TensorFlow takes 4 s and 780 MB; ONNX Runtime reports to its maker, and keeps a database for it, unless told."""
    quiet_by_itself = ("CI", "ORT_DISABLE_TELEMETRY", "GITHUB_ACTIONS", "TF_BUILD")
    kept = {name: value for name, value in os.environ.items() if name not in quiet_by_itself}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", DETECT, runtime, str(person_model.parents[1])],
        cwd=ROOT,
        env={**kept, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("0 []\n", "")
    assert list(tmp_path.iterdir()) == []
