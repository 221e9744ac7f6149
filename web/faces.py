"""Naming somebody on the page: which face a click is on, and whose it is said to be."""

from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from web.view import Row


class Spot(BaseModel):
    """Where somebody clicked."""

    model_config = ConfigDict(extra="forbid", strict=True)
    x: float = Field(ge=0, le=1, description="from the left, in widths of the picture")
    y: float = Field(ge=0, le=1, description="from the top, in heights of the picture")


class Naming(BaseModel):
    """Whose the face of a track is."""

    model_config = ConfigDict(extra="forbid", strict=True)
    track: int = Field(ge=1, description="its id")
    name: str = Field(min_length=1, max_length=200)


class FaceRow(Row):
    """The face that a click was on."""

    track: int
    name: str | None = None
    unknown: int | None = None


@runtime_checkable
class NamesFaces(Protocol):
    """A view whose faces can be named; one that cannot has none of this. Called from any thread of the page's."""

    def face_at(self, x: float, y: float) -> dict[str, Any] | None:
        """What `FaceRow.model_validate` takes: the followed face at a place in 0..1 of the newest picture, or None."""
        ...

    def name_face(self, track: int, name: str) -> None:
        """Remember the face of a track as a person's.

        Raises:
            ConfigError: it cannot be; the message says why.
        """
        ...
