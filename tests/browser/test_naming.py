"""A person clicks on a face of the live picture and says who it is."""

from collections.abc import Callable
from typing import Any

from views import FakeView
from web.server import Server

Serve = Callable[..., Server]
Show = Callable[..., Any]


class FaceView(FakeView):
    """Has one face, in the middle of the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.named: list[tuple[int, str]] = []

    def face_at(self, x: float, y: float) -> dict[str, Any] | None:
        return {"track": 7, "unknown": 2} if 0.4 < x < 0.6 and 0.4 < y < 0.6 else None

    def name_face(self, track: int, name: str) -> None:
        self.named.append((track, name))


def click(page: Any, x: float, y: float) -> None:
    """On the live picture, at a place in 0..1."""
    canvas = page.locator(".chosen canvas")
    box = canvas.bounding_box()
    with page.expect_response(lambda response: response.url.endswith("/face")):
        canvas.click(position={"x": box["width"] * x, "y": box["height"] * y})


def test_a_face_that_is_clicked_is_given_a_name(serve: Serve, show: Show) -> None:
    view = FaceView()
    page = show(serve(view))
    page.locator(".chosen canvas[data-state=LIVE]").wait_for()
    click(page, 0.5, 0.5)
    assert page.locator("#face-who").inner_text() == "Unknown person 2."
    page.get_by_label("Name").fill("Ada <b>")
    with page.expect_response(lambda response: response.url.endswith("/face/name") and response.ok):
        page.keyboard.press("Enter")
    assert view.named == [(7, "Ada <b>")]
    page.get_by_text("Ada <b> will be known from now on.").wait_for()


def test_a_click_beside_the_face_asks_nothing_and_escape_names_nobody(serve: Serve, show: Show) -> None:
    view = FaceView()
    page = show(serve(view))
    page.locator(".chosen canvas[data-state=LIVE]").wait_for()
    click(page, 0.1, 0.5)
    assert not page.locator("#face").is_visible()
    click(page, 0.5, 0.5)
    page.get_by_label("Name").fill("Ada")
    page.keyboard.press("Escape")
    page.locator("#face").wait_for(state="hidden")
    assert view.named == []
