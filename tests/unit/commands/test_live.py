"""What a live run sets for the whole process, and takes back."""

import sys
from pathlib import Path

from live_stages import NotesSwitching

from commands.live import SWITCH_S, LiveWanted, live
from commands.settings import load_settings
from pipeline.sources.live import LiveConfig
from recordings import noise, record


def test_threads_take_turns_quickly_while_it_runs_and_as_before_afterwards(tmp_path: Path) -> None:
    config = tmp_path / "watch.yaml"
    config.write_text("stages:\n  look:\n    use: live_stages:NotesSwitching\n")
    before = sys.getswitchinterval()
    clip = record(tmp_path / "clip.mp4", noise(5))
    assert live([str(clip)], load_settings(config), LiveConfig(realtime=True), LiveWanted()) == 0
    assert NotesSwitching.seen == [SWITCH_S] * len(NotesSwitching.seen) != []
    assert sys.getswitchinterval() == before
