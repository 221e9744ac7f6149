"""What programs and the page ask: `/api/...` as JSON, `/healthz`, `/metrics`, and the streams."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pipeline.errors import PipelineError
from web import describe
from web.burn import fitted, jpeg
from web.config import WebConfig
from web.faces import FaceRow, NamesFaces, Naming, Spot
from web.feed import Hub
from web.metrics import CONTENT_TYPE, fresh, metrics
from web.streams import PictureStream, Want, rounded
from web.view import StageRow, Status, TrackRow, View

T = TypeVar("T")
THUMBNAIL = 160
"""Pixels of width."""
LEAST_FPS = 0.2


class Change(BaseModel):
    """A setting and its new value."""

    model_config = ConfigDict(extra="forbid", strict=True)
    setting: str
    value: Any


class Switch(BaseModel):
    """On or off."""

    model_config = ConfigDict(extra="forbid", strict=True)
    on: bool


class RefusedError(Exception):
    """A request that cannot be answered: status and a line for people."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def refused(_: Request, error: Exception) -> Response:
    """The answer to a request that cannot be answered."""
    if isinstance(error, HTTPException):
        return JSONResponse({"error": f"{error.detail}: see /api"}, error.status_code, error.headers)
    return JSONResponse({"error": str(error)}, error.status if isinstance(error, RefusedError) else 409)


class Api:
    """Answers from the views; what may take a moment runs in a pool, never in the server's loop.

    Args:
        views: The sources.
        config: Limits.
        pool: For calls to the views and for encoding.
        hub: Gives the feeds, once the server runs.
    """

    def __init__(self, views: Sequence[View], config: WebConfig, pool: Executor, hub: Callable[[], Hub]) -> None:
        self._views, self._config, self._pool, self._hub = list(views), config, pool, hub

    def routes(self) -> list[Route]:
        """Every address it answers to."""
        source = "/api/sources/{source:int}"
        return [
            Route("/healthz", self.health),
            Route("/metrics", self.metrics),
            Route("/api/openapi.json", self.openapi),
            Route("/api/status", self.status),
            Route("/api/stream", self.stream),
            Route(f"{source}/stream.mjpg", self.stream),
            Route(f"{source}/picture.jpg", self.picture),
            Route(f"{source}/snapshot", self.snapshot),
            Route(f"{source}/{{kind}}s/{{number:int}}.jpg", self.thumbnail),
            Route(f"{source}/stages/{{stage}}/settings", self.change, methods=["POST"]),
            Route(f"{source}/stages/{{stage}}/switch", self.switch, methods=["POST"]),
            Route(f"{source}/record", self.record, methods=["POST"]),
            Route(f"{source}/face", self.face, methods=["POST"]),
            Route(f"{source}/face/name", self.name_face, methods=["POST"]),
        ]

    async def status(self, _: Request) -> Response:
        """All of what is known, for every source."""
        return JSONResponse({"sources": await self._run(self._all)})

    async def health(self, request: Request) -> Response:
        """Whether every source is fresh and every stage alive; which is not, only for those who are let in."""
        ills = await self._run(self._ills)
        told: dict[str, object] = {"ok": not ills}
        if ills and request.scope.get("authorised"):
            told["ills"] = ills
        return JSONResponse(told, 503 if ills else 200)

    async def metrics(self, _: Request) -> Response:
        """For Prometheus."""
        text = await self._run(lambda: metrics(self._views, self._config.stale_s))
        return Response(text, headers={"Content-Type": CONTENT_TYPE})

    async def openapi(self, _: Request) -> Response:
        """What there is to ask, as OpenAPI."""
        return JSONResponse(describe.openapi())

    async def stream(self, request: Request) -> ASGIApp:
        """Live pictures: `?source=0:640&source=1:320` for several sources and widths, `fps` and `quality` for all."""
        hub = self._hub()
        if hub.viewers >= self._config.most_viewers:
            raise RefusedError(
                503, f"{hub.viewers} viewers watch already, which is the limit; close a page and try again"
            )
        if "source" in request.path_params:
            self._view(request)
            wants = [Want(request.path_params["source"], rounded(int(_number(request, "width", 1280, 1, 1e5))))]
        else:
            wants = [self._want(text) for text in request.query_params.getlist("source")[: len(self._views)]]
        if not wants:
            raise RefusedError(422, "name a source: ?source=0:640 is the first one, 640 pixels wide")
        fps = _number(request, "fps", self._config.most_fps, LEAST_FPS, self._config.most_fps)
        quality = _number(request, "quality", self._config.quality, 1, 95)
        return PictureStream(hub, wants, fps, int(quality))

    async def picture(self, request: Request) -> Response:
        """One picture with its state and age, as the stream would show it now."""
        self._view(request)
        hub = self._hub()
        feed = hub.feeds[request.path_params["source"]]
        feed.watch(1)
        try:
            if not feed.scene().live:
                await hub.bell.wait(1.0)
            width = rounded(int(_number(request, "width", 1280, 1, 1e5)))
            coded = await feed.jpeg(feed.scene(), width, self._config.quality)
        finally:
            feed.watch(-1)
        return Response(coded, headers={"Content-Type": "image/jpeg"})

    async def snapshot(self, request: Request) -> Response:
        """The newest picture in full size, as a file."""
        view = self._view(request)
        file = await self._run(view.snapshot)
        kind = "png" if file.startswith(b"\x89PNG") else "jpeg"
        name = f"snapshot-{request.path_params['source']}.{'png' if kind == 'png' else 'jpg'}"
        headers = {"Content-Type": f"image/{kind}", "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(file, headers=headers)

    async def thumbnail(self, request: Request) -> Response:
        """The picture of one track or event."""
        view, kind, number = self._view(request), request.path_params["kind"], request.path_params["number"]

        def find() -> bytes | None:
            for row in map(TrackRow.model_validate, view.tracks()):
                if (row.kind, row.id) == (kind, number) and row.thumbnail is not None and row.thumbnail.size:
                    return jpeg(fitted(row.thumbnail, THUMBNAIL), self._config.quality)
            return None

        coded = await self._run(find)
        if coded is None:
            raise RefusedError(404, f"there is no picture of {kind} {number}; it is forgotten, or none was taken")
        return Response(coded, headers={"Content-Type": "image/jpeg", "Cache-Control": "private, max-age=5"})

    async def change(self, request: Request) -> Response:
        """Give a setting another value."""
        view, stage, wanted = self._view(request), request.path_params["stage"], await _body(request, Change)
        await self._run(lambda: view.change(stage, wanted.setting, wanted.value))
        return await self._stages(view)

    async def switch(self, request: Request) -> Response:
        """Put a stage in or out of the flow."""
        view, stage, wanted = self._view(request), request.path_params["stage"], await _body(request, Switch)
        await self._run(lambda: view.switch(stage, wanted.on))
        return await self._stages(view)

    async def record(self, request: Request) -> Response:
        """Start or stop recording."""
        view, wanted = self._view(request), await _body(request, Switch)
        await self._run(lambda: view.record(wanted.on))
        return JSONResponse({"recording": (await self._run(lambda: _status(view))).recording})

    async def face(self, request: Request) -> Response:
        """Which face a click was on; null where on none."""
        view, spot = self._view(request), await _body(request, Spot)
        found = await self._run(lambda: view.face_at(spot.x, spot.y)) if isinstance(view, NamesFaces) else None
        return JSONResponse({"face": found and FaceRow.model_validate(found).model_dump(mode="json")})

    async def name_face(self, request: Request) -> Response:
        """Say whose a face is."""
        view, wanted = self._view(request), await _body(request, Naming)
        if not isinstance(view, NamesFaces):
            raise RefusedError(404, f"{view.name}: its faces cannot be named")
        await self._run(lambda: view.name_face(wanted.track, wanted.name))
        return JSONResponse({"named": wanted.name})

    async def _stages(self, view: View) -> Response:
        return JSONResponse({"stages": await self._run(lambda: _stages(view))})

    def _view(self, request: Request) -> View:
        return self._views[self._checked(request.path_params["source"])]

    def _checked(self, number: int) -> int:
        if not 0 <= number < len(self._views):
            raise RefusedError(404, f"there is no source {number}; there are {len(self._views)}, counted from 0")
        return number

    def _want(self, text: str) -> Want:
        source, _, width = text.partition(":")
        if not (source.isdecimal() and (width or "640").isdecimal() and len(text) < 16):
            raise RefusedError(422, "a source is NUMBER:WIDTH, as in 0:640")
        return Want(self._checked(int(source)), rounded(int(width or 640)))

    def _all(self) -> list[dict[str, object]]:
        return [
            {
                "source": number,
                "name": view.name,
                "fresh": fresh(status := _status(view), self._config.stale_s),
                "status": status.model_dump(mode="json"),
                "stages": _stages(view),
                "tracks": [_track(row) for row in view.tracks()],
            }
            for number, view in enumerate(self._views)
        ]

    def _ills(self) -> list[str]:
        """What is wrong, a line each."""
        ills = []
        for view in self._views:
            status = _status(view)
            if not fresh(status, self._config.stale_s):
                ills.append(f"{view.name}: no fresh picture ({status.state})")
            ills += [
                f"{view.name}: stage {row['name']} does not run"
                for row in _stages(view)
                if row["on"] and not row["alive"]
            ]
        return ills

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)


def _status(view: View) -> Status:
    return Status.model_validate(view.status())


def _stages(view: View) -> list[dict[str, Any]]:
    return [StageRow.model_validate(row).model_dump(mode="json") for row in view.stages()]


def _track(row: dict[str, Any]) -> dict[str, Any]:
    return TrackRow.model_validate(row).model_dump(mode="json")


def _number(request: Request, name: str, default: float, least: float, most: float) -> float:
    """A number of the address, brought into its range."""
    try:
        given = float(request.query_params.get(name, default))
    except ValueError:
        raise RefusedError(422, f"{name} is a number") from None
    if given != given:
        raise RefusedError(422, f"{name} is a number")
    return min(max(given, least), most)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")


Asked = TypeVar("Asked", bound=BaseModel)


async def _body(request: Request, kind: type[Asked]) -> Asked:
    """What a request brings, checked. JSON alone: a form of a page elsewhere cannot send that."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RefusedError(415, "send JSON, with 'Content-Type: application/json'")
    try:
        return kind.model_validate(json.loads(await request.body(), parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        shown = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "it is not JSON"
        wanted = ", ".join(kind.model_fields)
        raise RefusedError(422, f"expected an object with {wanted}: {shown}") from error


ERRORS: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    RefusedError: refused,
    PipelineError: refused,
    HTTPException: refused,
}
