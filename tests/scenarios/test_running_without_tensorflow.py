"""TensorFlow converts models; it costs 4 s and 780 MB to import, and nothing that runs video may."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

DETECT = """
import sys
import numpy as np
from pipeline.types import Frame, Packet
from stages.ssd import SsdConfig, SsdDetector
detector = SsdDetector(SsdConfig(runtime=sys.argv[1]))
found = detector.process(Packet(Frame(np.zeros((240, 320, 3), np.uint8), 0, 0.0, 0.0, "test")))
print(len(found), sorted({name.partition(".")[0] for name in sys.modules} & {"tensorflow", "keras", "tf2onnx"}))
"""


@pytest.mark.parametrize("runtime", ["auto", "onnx", "tflite"])
def test_a_detector_that_looked_at_a_frame_has_imported_no_tensorflow(person_model: Path, runtime: str) -> None:
    command = [sys.executable, "-W", "error", "-c", DETECT, runtime]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("0 []\n", "")
