"""A face is clicked on and named, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from asking import tell
from pipeline.errors import ConfigError
from views import FakeView
from web.server import Server

Serve = Callable[..., Server]


class FaceView(FakeView):
    """Has one face, in the middle of the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.named: list[tuple[int, str]] = []

    def face_at(self, x: float, y: float) -> dict[str, Any] | None:
        return {"track": 7, "unknown": 2} if 0.4 < x < 0.6 and 0.4 < y < 0.6 else None

    def name_face(self, track: int, name: str) -> None:
        if "/" in name:
            raise ConfigError(f"name '{name}' has '/', which cannot be in a name; leave it out")
        self.named.append((track, name))


def test_a_click_on_a_face_tells_whose_it_is_and_a_click_beside_it_nothing(serve: Serve) -> None:
    server = serve(FaceView())
    told = tell(server, "/api/sources/0/face", {"x": 0.5, "y": 0.5})
    assert told.data == {"face": {"track": 7, "name": None, "unknown": 2}}
    assert tell(server, "/api/sources/0/face", {"x": 0.1, "y": 0.5}).data == {"face": None}


def test_a_face_is_named_and_a_name_that_cannot_be_one_is_refused_with_the_reason(serve: Serve) -> None:
    view = FaceView()
    server = serve(view)
    assert tell(server, "/api/sources/0/face/name", {"track": 7, "name": "Ada"}).status == 200
    assert view.named == [(7, "Ada")]
    told = tell(server, "/api/sources/0/face/name", {"track": 7, "name": "a/b"})
    assert told.status == 409 and "cannot be in a name" in told.data["error"]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("face", {"x": 2.0, "y": 0.5}),
        ("face", {"x": "left", "y": 0.5}),
        ("face/name", {"track": 0, "name": "Ada"}),
        ("face/name", {"track": 7, "name": ""}),
        ("face/name", {"track": 7}),
    ],
)
def test_what_is_no_place_or_name_is_refused(serve: Serve, path: str, data: object) -> None:
    assert tell(serve(FaceView()), f"/api/sources/0/{path}", data).status == 422


def test_a_view_that_knows_no_faces_has_none(serve: Serve) -> None:
    server = serve(FakeView())
    assert tell(server, "/api/sources/0/face", {"x": 0.5, "y": 0.5}).data == {"face": None}
    assert tell(server, "/api/sources/0/face/name", {"track": 7, "name": "Ada"}).status == 404
