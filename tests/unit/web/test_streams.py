import http.client
import time
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from asking import Watcher, ask, decoded
from views import FakeView, moving
from web.connection import KERNEL_BUFFER
from web.server import Server

Serve = Callable[..., Server]
NOISE = np.random.default_rng(0).integers(0, 255, (720, 1280, 3), np.uint8)
"""Its JPEG is about 1 MB: more than any buffer on the way."""


def rate(watcher: Watcher, seconds: float) -> float:
    """Pictures a second that a viewer gets."""
    began, count = time.monotonic(), 0
    for _ in watcher:
        count += 1
        if time.monotonic() - began > seconds:
            break
    return count / (time.monotonic() - began)


def test_a_viewer_sees_pictures_change_with_their_age_and_number(serve: Serve) -> None:
    with Watcher(serve()) as watcher:
        pictures = [picture for picture, _ in zip(watcher, range(4), strict=False)]
    numbers = [picture.number for picture in pictures]
    assert numbers == sorted(set(numbers))
    assert all(picture.headers["x-state"] == "LIVE" for picture in pictures)
    assert all(float(picture.headers["x-age-ms"]) < 500 for picture in pictures)
    images = [decoded(picture.jpeg) for picture in pictures]
    assert not np.array_equal(images[0], images[-1])


def test_a_viewer_gets_the_size_and_rate_it_asks_for(serve: Serve) -> None:
    server = serve()
    with Watcher(server, "/api/stream?source=0:300&fps=5") as watcher:
        picture = next(iter(watcher))
        assert decoded(picture.jpeg).shape == (180, 320, 3)
        assert 3 < rate(watcher, 1.0) < 7


def test_one_connection_carries_several_sources_each_at_its_own_size(serve: Serve) -> None:
    server = serve(FakeView("a"), FakeView("b"))
    with Watcher(server, "/api/stream?source=0:640&source=1:320") as watcher:
        widths = {}
        for picture in watcher:
            image = decoded(picture.jpeg)
            widths[picture.headers["x-source"]] = image.shape[1]
            if len(widths) == 2:
                break
    assert widths == {"0": 640, "1": 320}


def test_opencv_reads_the_stream_as_it_reads_a_camera_s(serve: Serve) -> None:
    camera = cv2.VideoCapture(f"{serve().address}api/sources/0/stream.mjpg?width=320", cv2.CAP_FFMPEG)
    try:
        assert camera.read()[1].shape == (180, 320, 3)
    finally:
        camera.release()


def test_a_lost_source_goes_on_growing_old_before_the_viewer_s_eyes(serve: Serve) -> None:
    view = FakeView()
    with Watcher(serve(view)) as watcher:
        assert next(iter(watcher)).headers["x-state"] == "LIVE"
        view.state, view.attempts = "lost", 4
        ages = []
        for picture in watcher:
            if picture.headers["x-state"] != "LIVE":
                assert picture.headers["x-state"] == "RECONNECTING"
                ages.append(float(picture.headers["x-age-ms"]))
            if len(ages) == 3:
                break
        assert ages == sorted(ages)
        assert ages[2] - ages[0] > 100
        view.state = "running"
        assert any(picture.headers["x-state"] == "LIVE" for picture in watcher)


def test_a_source_that_hangs_becomes_stale_though_it_says_that_it_runs(serve: Serve) -> None:
    with Watcher(serve(FakeView(fps=0.1), stale_s=0.3)) as watcher:
        states = [picture.headers["x-state"] for picture, _ in zip(watcher, range(4), strict=False)]
    assert states == sorted(states)
    assert states[-1] == "STALE"


def test_silence_is_never_longer_than_a_moment_even_where_nothing_changes(serve: Serve) -> None:
    view = FakeView()
    view.state, view.attempts = "lost", 2
    with Watcher(serve(view)) as watcher:
        began = time.monotonic()
        texts = [picture.headers["x-state"] for picture, _ in zip(watcher, range(2), strict=False)]
    assert texts[-1] == "RECONNECTING"
    assert time.monotonic() - began < 2


def test_a_viewer_who_reads_nothing_slows_nobody_and_is_given_no_old_pictures(serve: Serve) -> None:
    server = serve(FakeView(picture=lambda _: NOISE))
    path = "/api/stream?source=0:1280"
    with Watcher(server, path, buffer=1 << 16) as slow, Watcher(server, path) as fast:
        first = next(iter(slow)).number
        assert rate(fast, 1.5) > 5
        kept = [next(iter(slow)).number for _ in range(3)]
        newest = next(iter(fast)).number
    assert kept[0] - first < 30
    assert newest - kept[2] < 12, "what it reads after its pause is of now, but for what was on its way"


def test_all_viewers_of_one_size_share_one_picture_and_its_encoding(serve: Serve) -> None:
    drawn: list[int] = []

    def draw(number: int) -> np.ndarray:
        drawn.append(number)
        return moving(number)

    server = serve(FakeView(picture=draw, fps=4))
    watchers = [Watcher(server) for _ in range(6)]
    try:
        seen = [{picture.jpeg for picture, _ in zip(watcher, range(6), strict=False)} for watcher in watchers]
    finally:
        for watcher in watchers:
            watcher.connection.close()
    assert len(drawn) == len(set(drawn)), "the view is asked once for each picture, however many watch"
    assert len(set.union(*seen)) < sum(map(len, seen)) / 2


def test_nobody_asks_the_view_for_pictures_that_nobody_watches(serve: Serve) -> None:
    drawn: list[int] = []

    def draw(number: int) -> np.ndarray:
        drawn.append(number)
        return moving(number)

    server = serve(FakeView(picture=draw))
    assert ask(server, "/api/status").status == 200
    assert not drawn


def test_a_viewer_too_many_is_told_so(serve: Serve) -> None:
    server = serve(most_viewers=1)
    with Watcher(server) as first:
        next(iter(first))
        told = ask(server, "/api/stream?source=0")
        assert (told.status, "the limit" in told.data["error"]) == (503, True)


def test_the_place_of_a_viewer_who_left_is_free_again(serve: Serve) -> None:
    server = serve(most_viewers=1)
    for _ in range(3):
        with Watcher(server) as watcher:
            next(iter(watcher))
        until = time.monotonic() + 5
        while server._hub.viewers and time.monotonic() < until:
            ask(server, "/healthz")
        assert server._hub.viewers == 0


def test_one_address_has_half_of_the_connections_at_most(serve: Serve) -> None:
    server = serve(most_connections=4)
    held = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=5) for _ in range(3)]
    try:
        held[0].connect()
        held[1].connect()
        with pytest.raises((ConnectionError, http.client.BadStatusLine)):
            held[2].request("GET", "/healthz")
            held[2].getresponse()
    finally:
        for connection in held:
            connection.close()


@pytest.mark.parametrize("query", ["", "source=7", "source=x", "source=0:-1", "source=0&fps=abc", "source=0&fps=nan"])
def test_a_stream_of_nothing_is_refused_with_a_reason(open_door: Server, query: str) -> None:
    told = ask(open_door, f"/api/stream?{query}")
    assert told.status in (404, 422)
    assert told.data["error"]


def test_buffers_on_the_way_hold_less_than_a_large_picture() -> None:
    assert len(cv2.imencode(".jpg", NOISE)[1]) > KERNEL_BUFFER
