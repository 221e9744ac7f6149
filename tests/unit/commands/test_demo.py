import json
from pathlib import Path

import cv2
import numpy as np

from commands.demo import CARD_FRAMES, REEL_SIZE, make_reel, make_sheet, on_ground, title_card
from recordings import moving, record, times_of


def test_the_reel_shows_each_shot_after_its_card_on_one_clock(tmp_path: Path) -> None:
    clip = record(tmp_path / "a.mp4", moving(50))
    reel = make_reel([("one", clip, 0.0, 0.36), ("two", clip, 1.0, 1.36)], tmp_path / "reel.mp4")
    times = times_of(reel)
    assert len(times) == 2 * (CARD_FRAMES + 10)
    assert np.allclose(np.diff(times), 0.04, atol=1e-4)


def test_the_sheet_shows_frames_in_which_something_was_found(tmp_path: Path) -> None:
    pictures = [np.full((540, 960, 3), 0 if n < 20 else 200, np.uint8) for n in range(40)]
    video = record(tmp_path / "a.mp4", pictures)
    data = tmp_path / "a.jsonl"
    data.write_text("".join(json.dumps({"frame": n, "objects": [{}] if n >= 20 else []}) + "\n" for n in range(40)))
    sheet = cv2.imread(str(make_sheet(video, data, tmp_path / "sheet.png")))
    assert sheet is not None
    assert sheet.shape == (720, 1920, 3)
    assert sheet.min() > 150, "no dark frame is among them"


def test_a_picture_of_any_aspect_is_put_on_the_reel_whole() -> None:
    for size in ((176, 144), (640, 272), (100, 400)):
        image = np.full((size[1], size[0], 3), 255, np.uint8)
        placed = on_ground(image, REEL_SIZE)
        assert placed.shape == (REEL_SIZE[1], REEL_SIZE[0], 3)
        assert (placed[REEL_SIZE[1] // 2, REEL_SIZE[0] // 2] == 255).all()


def test_a_card_has_its_title_in_the_middle() -> None:
    card = title_card("in a moving car", REEL_SIZE)
    assert (card[240:300, 300:660] == 255).any()
    assert (card[:100] != 255).all()
