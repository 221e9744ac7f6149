"""The API as OpenAPI 3.1, made from the same shapes that check what the views say."""

from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from web.faces import FaceRow
from web.view import StageRow, Status, TrackRow

Operation = dict[str, Any]


@cache
def openapi() -> dict[str, Any]:
    """The description."""
    _, shapes = models_json_schema(
        [
            (Status, "serialization"),
            (StageRow, "serialization"),
            (TrackRow, "serialization"),
            (FaceRow, "serialization"),
        ],
        ref_template="#/components/schemas/{model}",
    )
    source = _parameter("source", "integer", "number of the source, from 0")
    stage = _parameter("stage", "string", "name of the stage")
    at = "/api/sources/{source}"
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sluice",
            "version": "1",
            "description": "What the page asks. An error is a JSON object with one line in 'error'. Where a token is"
            " set, send it as 'Authorization: Bearer TOKEN'. A request that changes something is JSON.",
        },
        "paths": {
            "/api/status": {"get": _get("all sources with their figures, stages and tracks", _ALL)},
            "/api/stream": {
                "get": _get("live pictures of several sources, multipart JPEG; each part names its source", None)
                | {
                    "parameters": [
                        _query("source", "string", "NUMBER:WIDTH, once for each source"),
                        _query("fps", "number", "pictures a second of each source, at most"),
                        _query("quality", "integer", "of the JPEG, 1 to 95"),
                    ]
                }
            },
            f"{at}/stream.mjpg": {
                "get": _get("live pictures of one source, for an img element or a player", None)
                | {"parameters": [source, _query("width", "integer", "pixels"), _query("fps", "number", "at most")]}
            },
            f"{at}/picture.jpg": {"get": _get("the picture now, with state and age", None) | {"parameters": [source]}},
            f"{at}/snapshot": {"get": _get("the newest picture in full size", None) | {"parameters": [source]}},
            f"{at}/tracks/{{number}}.jpg": {
                "get": _get("picture of a track", None)
                | {"parameters": [source, _parameter("number", "integer", "its id")]}
            },
            f"{at}/events/{{number}}.jpg": {
                "get": _get("picture of an event", None)
                | {"parameters": [source, _parameter("number", "integer", "its id")]}
            },
            f"{at}/stages/{{stage}}/settings": {
                "post": _post("give a setting another value", {"setting": {"type": "string"}, "value": {}}, _STAGES)
                | {"parameters": [source, stage]}
            },
            f"{at}/stages/{{stage}}/switch": {
                "post": _post("put a stage in or out of the flow", {"on": {"type": "boolean"}}, _STAGES)
                | {"parameters": [source, stage]}
            },
            f"{at}/record": {
                "post": _post(
                    "start or stop recording", {"on": {"type": "boolean"}}, _object(recording={"type": "boolean"})
                )
                | {"parameters": [source]}
            },
            f"{at}/face": {
                "post": _post(
                    "which followed face is at a place of the picture, in 0..1; null where none is",
                    {"x": {"type": "number"}, "y": {"type": "number"}},
                    _object(face={"anyOf": [{"$ref": "#/components/schemas/FaceRow"}, {"type": "null"}]}),
                )
                | {"parameters": [source]}
            },
            f"{at}/face/name": {
                "post": _post(
                    "remember the face of a track as a person's, in the gallery of the stage that recognises",
                    {"track": {"type": "integer"}, "name": {"type": "string"}},
                    _object(named={"type": "string"}),
                )
                | {"parameters": [source]}
            },
            "/healthz": {
                "get": _get(
                    "200: every source is fresh and every stage alive; 503: not", _object(ok={"type": "boolean"})
                )
            },
            "/metrics": {"get": _get("figures for Prometheus, as text", None)},
        },
        "components": {
            "schemas": shapes["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


_STAGES = _object(stages=_list("StageRow"))
_ALL = _object(
    sources={
        "type": "array",
        "items": _object(
            source={"type": "integer"},
            name={"type": "string"},
            fresh={"type": "boolean"},
            status={"$ref": "#/components/schemas/Status"},
            stages=_list("StageRow"),
            tracks=_list("TrackRow"),
        ),
    }
)


def _parameter(name: str, kind: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}, "description": text}


def _query(name: str, kind: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": kind}, "description": text}


def _get(text: str, answer: dict[str, Any] | None) -> Operation:
    content = {} if answer is None else {"content": {"application/json": {"schema": answer}}}
    return {"summary": text, "responses": {"200": {"description": text, **content}}}


def _post(text: str, properties: dict[str, Any], answer: dict[str, Any]) -> Operation:
    body = {"required": True, "content": {"application/json": {"schema": _object(**properties)}}}
    return {**_get(text, answer), "requestBody": body}
