"""What a live run sets for the whole process, and takes back."""

import sys
from pathlib import Path

import pytest
from live_stages import NotesSwitching

from commands.live import SWITCH_S, LiveWanted, live
from commands.live_run import LiveRun
from commands.settings import load_settings
from pipeline.errors import ConfigError
from pipeline.sources.live import LiveConfig, open_live
from recordings import noise, record


def test_threads_take_turns_quickly_while_it_runs_and_as_before_afterwards(tmp_path: Path) -> None:
    config = tmp_path / "watch.yaml"
    config.write_text("stages:\n  look:\n    use: live_stages:NotesSwitching\n")
    before = sys.getswitchinterval()
    clip = record(tmp_path / "clip.mp4", noise(5))
    assert live([str(clip)], load_settings(config), LiveConfig(realtime=True), LiveWanted()) == 0
    assert NotesSwitching.seen == [SWITCH_S] * len(NotesSwitching.seen) != []
    assert sys.getswitchinterval() == before


def test_what_makes_the_picture_that_others_get_stays_on(tmp_path: Path) -> None:
    config = tmp_path / "watch.yaml"
    config.write_text("stages:\n  soft: {use: gaussian-blur}\n  look: {use: 'live_stages:FindsNothing'}\n  overlay:\n")
    clip = record(tmp_path / "clip.mp4", noise(5))
    run = LiveRun(open_live(str(clip), LiveConfig(realtime=True)), load_settings(config))
    try:
        with pytest.raises(ConfigError, match="stage 'soft' makes the picture that others get"):
            run.switch("soft", False)
        for name in ("look", "overlay"):
            run.switch(name, False)
        assert {row["name"]: (row["on"], row["can_switch"]) for row in run.stages()} == {
            "soft": (True, False),
            "look": (False, True),
            "overlay": (False, True),
        }
    finally:
        run.stop()
