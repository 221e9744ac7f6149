"""Lines of text followed from frame to frame, on pictures written on here; the reader says what the test does."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from pipeline.results.texts import Texts
from readers.reader import Line
from stages.text_follow import TextFollower
from stages.text_line import FollowConfig

Written = tuple[str, int, int]
"""What is written, and where: x, baseline."""
FPS = 10


class Scene:
    """A follower, and a wall that is written on."""

    def __init__(self, **settings: float) -> None:
        self.follower = TextFollower(FollowConfig.model_validate(settings))
        self.read: list[str] = []
        """What was read so far."""
        self.frame = 0

    def see(
        self,
        *written: Written,
        says: Callable[[str], Line] | None = None,
        size: float = 1.0,
        sharpness: float = 1.0,
        at_s: float | None = None,
        tremble: np.ndarray | None = None,
    ) -> Texts:
        """One frame; a tenth of a second after the one before."""
        image = np.full((480, 640, 3), 210, np.uint8)
        quads = [write(image, one, size) for one in written]
        quad = np.array(quads, np.float32).reshape(-1, 4, 2)
        if tremble is not None:
            quad = quad + tremble.astype(np.float32)
        now_s = self.frame / FPS if at_s is None else at_s
        self.frame += 1
        plan = self.follower.due(quad, np.full(len(quad), sharpness, np.float32), now_s, image)
        lines = [(says or sure)(written[row][0]) for row in plan.read.tolist()]
        self.read += [written[row][0] for row in plan.read.tolist()]
        return self.follower.told(plan, lines)


def write(image: np.ndarray, written: Written, size: float = 1.0) -> np.ndarray:
    """Write on a picture, and say where: `(4, 2)` corners."""
    text, x, y = written
    thick = max(1, round(2 * size))
    (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thick)
    cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, (30, 30, 30), thick, cv2.LINE_AA)
    top, bottom = y - height - 4, y + below
    return np.array([[x - 3, top], [x + width + 3, top], [x + width + 3, bottom], [x - 3, bottom]], np.float32)


def sure(text: str) -> Line:
    """Read without doubt."""
    return Line(text, (0.95,) * len(text))


def unsure(text: str) -> Line:
    """Read with doubt."""
    return Line(text, (0.6,) * len(text))


def test_a_text_is_told_once_two_readings_agree_with_the_time_it_was_first_seen() -> None:
    scene = Scene(again_s=0.1)
    assert scene.see(("EXIT", 50, 100)).text == ()
    told = scene.see(("EXIT", 50, 100))
    assert told.text == ("EXIT",)
    assert told.since_s.tolist() == [0.0]
    assert told.id.tolist() == [1]


def test_with_settle_one_a_text_is_told_at_once() -> None:
    assert Scene(settle=1).see(("EXIT", 50, 100)).text == ("EXIT",)


def test_a_sure_text_that_does_not_change_is_read_no_more() -> None:
    scene = Scene(again_s=0.1)
    for _ in range(50):
        told = scene.see(("EXIT", 50, 100), ("Platform 7", 50, 200))
    assert told.text == ("EXIT", "Platform 7")
    assert sorted(scene.read) == ["EXIT"] * 2 + ["Platform 7"] * 2


def test_corners_that_tremble_are_no_reason_to_read_again() -> None:
    scene, random = Scene(again_s=0.1), np.random.default_rng(1)
    for _ in range(50):
        scene.see(("Departures", 50, 100), tremble=random.uniform(-1.5, 1.5, (4, 2)))
    assert len(scene.read) <= 4


def test_an_unsure_text_is_read_again_ever_more_rarely_and_then_left() -> None:
    scene = Scene(again_s=0.1, most_readings=5)
    for _ in range(100):
        told = scene.see(("EXIT", 50, 100), says=unsure)
    assert told.text == ("EXIT",)
    assert len(scene.read) == 5


def test_a_text_left_unsure_is_read_again_when_it_is_seen_more_sharply() -> None:
    scene = Scene(again_s=0.1, most_readings=3)
    for _ in range(40):
        scene.see(("EXIT", 50, 100), says=unsure)
    scene.see(("EXIT", 50, 100), sharpness=2.0)
    assert len(scene.read) == 4


def test_a_blurred_frame_is_not_read_where_a_sharp_one_was() -> None:
    scene = Scene(again_s=0.1)
    scene.see(("EXIT", 50, 100), says=unsure)
    scene.see(("EXIT", 50, 100), says=unsure, sharpness=0.2)
    assert len(scene.read) == 1


def test_a_text_that_comes_closer_is_read_again() -> None:
    scene = Scene(again_s=0.1)
    for _ in range(10):
        scene.see(("EXIT", 50, 200))
    before = len(scene.read)
    for step in range(10):
        scene.see(("EXIT", 50, 200), size=1 + step * 0.05)
    assert before < len(scene.read) <= before + 3


def test_one_misreading_does_not_change_what_is_told() -> None:
    scene = Scene(again_s=0.1, sure=1.0, most_readings=20)
    for number in range(60):
        told = scene.see(("EXIT", 50, 100), says=lambda _, n=number: unsure("FXIT" if n == 3 else "EXIT"))  # type: ignore[misc]
        assert told.text in [(), ("EXIT",)]
    assert told.text == ("EXIT",)


def test_a_frame_full_of_noise_does_not_overthrow_what_is_known_but_three_in_a_row_do() -> None:
    scene = Scene(settle=1, again_s=0.0)
    for _ in range(3):
        scene.see(("Departures", 50, 100))
    noise = [scene.see(("%&/#!$?", 50, 100), says=lambda _: Line("xq7", (0.4,) * 3)) for _ in range(2)]
    assert [told.text for told in noise] == [("Departures",)] * 2
    assert scene.see(("Departures", 50, 100)).id.tolist() == [1]
    later = [scene.see(("Arrivals", 50, 100), says=unsure) for _ in range(3)]
    assert [told.text for told in later] == [("Departures",), ("Departures",), ("Arrivals",)]


def test_a_text_is_gone_on_the_frame_where_it_is_not_found() -> None:
    scene = Scene(again_s=0.1)
    for _ in range(5):
        scene.see(("EXIT", 50, 100))
    assert scene.see().text == ()


def test_a_text_that_was_hidden_for_a_moment_comes_back_as_the_same_without_being_read() -> None:
    scene = Scene(again_s=0.1, gone_s=1.0)
    for _ in range(5):
        scene.see(("EXIT", 50, 100))
    for _ in range(5):
        scene.see()
    told = scene.see(("EXIT", 50, 100))
    assert told.id.tolist() == [1]
    assert len(scene.read) == 2


def test_a_text_that_was_away_for_long_is_another() -> None:
    scene = Scene(again_s=0.1, gone_s=1.0, settle=1)
    scene.see(("EXIT", 50, 100), at_s=0.0)
    scene.see(at_s=1.0)
    assert scene.see(("EXIT", 50, 100), at_s=2.0).id.tolist() == [2]


def test_looks_that_are_far_apart_because_the_machine_is_slow_still_settle() -> None:
    scene = Scene(gone_s=1.0)
    scene.see(("EXIT", 50, 100), at_s=0.0)
    assert scene.see(("EXIT", 50, 100), at_s=3.0).text == ("EXIT",)


def test_after_a_long_pause_a_text_is_another() -> None:
    scene = Scene(gone_s=1.0, settle=1)
    scene.see(("EXIT", 50, 100), at_s=0.0)
    assert scene.see(("EXIT", 50, 100), at_s=60.0).id.tolist() == [2]


def test_another_text_at_the_same_place_is_another_line_and_the_first_is_told_no_more() -> None:
    scene = Scene(again_s=0.1)
    for _ in range(5):
        scene.see(("HOME 3", 50, 100))
    said = [scene.see(("Half time", 50, 100)) for _ in range(4)]
    assert all("HOME 3" not in told.text for told in said)
    assert said[-1].text == ("Half time",)
    assert said[-1].id.tolist() == [2]
    assert said[-1].since_s.tolist() == [0.5]


def test_signs_that_alternate_keep_their_ids() -> None:
    scene = Scene(again_s=0.0, settle=1, gone_s=2.0)
    seen = [scene.see((("CLOSED", "Welcome")[number // 3 % 2], 50, 100)) for number in range(24)]
    assert {(text, number) for told in seen for text, number in zip(told.text, told.id.tolist(), strict=True)} == {
        ("CLOSED", 1),
        ("Welcome", 2),
    }


def clock(second: int) -> str:
    """What a clock shows."""
    return f"12:{59 + second // 60:02}:{second % 60:02}"


def test_a_clock_that_counts_is_read_at_the_pace_asked_for_and_told_as_it_is_read() -> None:
    scene = Scene(again_s=0.1, pace_s=0.5)
    told = [scene.see((clock(frame), 50, 100)) for frame in range(50)]  # ten counts a second
    assert 10 <= len(scene.read) <= 14  # five seconds at two a second, and what it took to see that it counts
    values = [one.text[0] for one in told[10:]]
    assert all(abs(int(value[-2:]) - frame) <= 5 for frame, value in enumerate(values, 10))
    assert {number for one in told[10:] for number in one.id.tolist()} == {1}


def test_a_clock_of_seconds_is_told_right_between_its_ticks() -> None:
    scene = Scene(again_s=0.1, pace_s=0.1)
    told = [scene.see((clock(frame // 10), 50, 100)) for frame in range(100)]
    late = [frame for frame, one in enumerate(told) if frame > 2 and one.text != (clock(frame // 10),)]
    assert len(late) <= 3  # a frame at most until it is known to count


def test_each_value_of_a_clock_has_its_own_time() -> None:
    scene = Scene(again_s=0.1, pace_s=0.1)
    told = [scene.see((clock(frame // 10), 50, 100)) for frame in range(60)][-1]
    assert told.since_s.tolist() == pytest.approx([5.0])


@pytest.mark.parametrize("way", [(3, 0), (0, 4), (-5, 2)])
def test_lines_that_move_keep_their_ids_and_are_not_read_again(way: tuple[int, int]) -> None:
    scene = Scene(again_s=0.1)
    seen = []
    for frame in range(30):
        x, y = 200 + frame * way[0], 120 + frame * way[1]
        seen.append(scene.see(("First line", x, y), ("Second one", x, y + 45), ("The third", x, y + 90)))
    assert {tuple(zip(one.text, one.id.tolist(), strict=True)) for one in seen[3:]} == {
        (("First line", 1), ("Second one", 2), ("The third", 3))
    }
    assert len(scene.read) <= 12


def test_a_line_that_jumped_is_known_by_what_it_says() -> None:
    scene = Scene(again_s=0.0, settle=1)
    for _ in range(5):
        scene.see(("Departures", 50, 100))
    told = scene.see(("Departures", 300, 400))
    assert told.id.tolist() == [1]
    assert told.since_s.tolist() == [0.0]


def test_two_lines_that_change_places_change_their_ids_with_them() -> None:
    scene = Scene(again_s=0.0, settle=1)
    for _ in range(5):
        scene.see(("Arrivals", 50, 100), ("Good morning", 50, 200))
    told = scene.see(("Good morning", 50, 100), ("Arrivals", 50, 200))
    assert dict(zip(told.text, told.id.tolist(), strict=True)) == {"Arrivals": 1, "Good morning": 2}
    assert told.quad[:, 0, 1].tolist() == sorted(told.quad[:, 0, 1].tolist(), reverse=True)


def test_nothing_but_noise_is_told_as_nothing_and_tried_ever_more_rarely() -> None:
    scene = Scene(again_s=0.1, most_readings=4)
    for _ in range(100):
        assert scene.see(("#####", 50, 100), says=lambda _: Line("", (), "took longer than 1 s")).text == ()
    assert len(scene.read) == 4


def test_a_reading_that_was_given_up_changes_nothing_of_what_is_known() -> None:
    scene = Scene(again_s=0.1, sure=1.0)
    for _ in range(5):
        scene.see(("EXIT", 50, 100))
    for _ in range(5):
        told = scene.see(("EXIT", 50, 100), says=lambda _: Line("", (), "took longer than 1 s"))
    assert told.text == ("EXIT",)


def test_what_is_read_without_confidence_is_not_told() -> None:
    scene = Scene(settle=1, min_score=0.5)
    assert scene.see(("EXIT", 50, 100), says=lambda text: Line(text, (0.3,) * len(text))).text == ()


def test_a_clock_of_the_source_that_goes_back_begins_anew_with_ids_that_were_never_used() -> None:
    scene = Scene(settle=1)
    scene.see(("EXIT", 50, 100), at_s=100.0)
    told = scene.see(("EXIT", 50, 100), at_s=0.0)
    assert told.id.tolist() == [2]
    assert told.since_s.tolist() == [0.0]


def test_the_same_frames_give_the_same_texts() -> None:
    def run() -> list[object]:
        scene, random = Scene(again_s=0.1), np.random.default_rng(5)
        return [
            scene.see(("Gate", 50, 100 + f), (clock(f // 3), 200, 300), tremble=random.uniform(-1, 1, (4, 2))).rows()
            for f in range(40)
        ]

    assert run() == run()


def test_a_line_outside_the_picture_or_without_area_breaks_nothing() -> None:
    follower = TextFollower(FollowConfig(settle=1))
    quads = np.array([[[-50, -50], [-10, -50], [-10, -40], [-50, -40]], [[5, 5], [5, 5], [5, 5], [5, 5]]], np.float32)
    for frame in range(3):
        plan = follower.due(quads, np.zeros(2, np.float32), frame / FPS, np.zeros((48, 64, 3), np.uint8))
        told = follower.told(plan, [sure("x") for _ in plan.read])
    assert told.text == ("x", "x")
