"""Tally, interrupt, progress, doctor, describe: the smaller parts of the commands."""

import io
import signal
from contextlib import redirect_stderr

import numpy as np
import pytest

from commands import doctor
from commands.describe import list_stages
from commands.interrupt import interruptible
from commands.progress import frame_progress
from commands.tally import Tally
from fakes import frame
from pipeline.types import Detections, Packet, Tracks
from stages import CATALOGUE
from stages.zone_settings import ZonesConfig
from stages.zones import ZoneCounter


def seen(*tracks: tuple[int, int]) -> Packet:
    """A packet with tracks of (id, class)."""
    count = len(tracks)
    boxes = Detections(
        np.zeros((count, 4), np.float32),
        np.zeros(count, np.float32),
        np.array([kind for _, kind in tracks], np.int32),
        ("person", "dog"),
    )
    ids = np.array([number for number, _ in tracks], np.int64)
    return Packet(frame()).plus("track", Tracks(boxes, ids, np.zeros(count, np.int32)))


def test_each_track_is_counted_once_by_its_class() -> None:
    tally = Tally(["track"])
    for packet in (seen((1, 0)), seen((1, 0), (2, 1)), Packet(frame()), seen(), seen((1, 0), (3, 0))):
        tally.write(packet)
    assert tally.followed == {"person": 2, "dog": 1}


def test_what_areas_and_lines_counted_is_kept_as_it_was_last() -> None:
    settings = ZonesConfig.model_validate(
        {
            "on": "track",
            "min_age_s": 0,
            "areas": {"all": {"polygon": [[0, 0], [1, 0], [1, 1], [0, 1]]}},
            "lines": {"gate": {"points": [[0, 0.5], [1, 0.5]], "directions": ["down", "up"]}},
        }
    )
    zones, tally = ZoneCounter(settings), Tally(["track"])
    for packet in (seen((1, 0)), seen((1, 0), (2, 1)), seen()):
        tally.write(packet.plus("zones", zones.process(packet)))
    tally.write(Packet(frame()))
    assert tally.counted == {"all": {"entered": 2, "left": 0}, "gate": {"down": 0, "up": 0}}


def test_the_first_signal_asks_and_the_second_ends() -> None:
    asked: list[bool] = []
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as interrupt:
        interrupt.on_ask(lambda: asked.append(True))
        signal.raise_signal(signal.SIGINT)
        assert (asked, interrupt.exit_code) == ([True], 130)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_that_came_before_anybody_listened_is_passed_on() -> None:
    asked: list[bool] = []
    with interruptible() as interrupt:
        signal.raise_signal(signal.SIGTERM)
        interrupt.on_ask(lambda: asked.append(True))
    assert (asked, interrupt.exit_code) == ([True], 143)


def test_there_is_no_progress_bar_where_there_is_no_terminal() -> None:
    err = io.StringIO()
    with redirect_stderr(err), frame_progress("walk.mp4", 10) as show:
        show(5)
    assert err.getvalue() == ""


def test_the_doctor_tells_what_is_here() -> None:
    findings = {finding.subject: finding for look in doctor.LOOKS for finding in look()}
    for subject in ("machine", "python", "opencv", "onnxruntime", "tflite", "av", "encoders", "decoders"):
        assert findings[subject].mark == "ok", findings[subject]
    assert "device: cpu" in findings["onnxruntime"].text
    assert "libx264" in findings["encoders"].text or "mpeg4" in findings["encoders"].text
    assert {finding.mark for finding in findings.values()} <= {"ok", "missing", "optional"}


def test_every_stage_is_listed_with_its_ranges_and_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    list_stages(CATALOGUE)
    printed = capsys.readouterr().out
    for word in (*CATALOGUE, "min_score", "lost_s", "trail_s", "stop | skip", "person-ssdlite", "codec", "capacity"):
        assert word in printed
