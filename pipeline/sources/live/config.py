"""How live sources are read."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class LiveConfig(BaseModel):
    """How cameras and streams are opened, watched over and opened again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    open_timeout_s: Annotated[float, Field(gt=0, le=600, description="seconds to wait for the first picture")] = 10.0
    timeout_s: Annotated[float, Field(gt=0, le=600, description="seconds without a picture after which it is lost")] = (
        5.0
    )
    retry_first_s: Annotated[float, Field(gt=0, le=600, description="seconds until it is tried again")] = 0.5
    retry_most_s: Annotated[float, Field(gt=0, le=3600, description="the wait doubles up to this, seconds")] = 30.0
    retries: Annotated[
        int | None, Field(ge=0, description="times it is tried again in a row before it counts as gone; none: for ever")
    ] = None
    transport: Annotated[
        Literal["tcp", "udp"],
        Field(description="of RTSP; udp where a camera has no other, and torn pictures are borne"),
    ] = "tcp"
    decode_threads: Annotated[
        int,
        Field(ge=1, le=16, description="of a stream; each more shows it a picture later, for pictures too big for one"),
    ] = 1
    width: Annotated[int | None, Field(ge=16, le=16384, description="of a camera's picture, asked for, px")] = None
    height: Annotated[int | None, Field(ge=16, le=16384, description="of a camera's picture, asked for, px")] = None
    fps: Annotated[float | None, Field(gt=0, le=1000, description="of a camera, asked for")] = None
    pixel_format: Annotated[
        str | None, Field(pattern=r"^[A-Za-z0-9]{4}$", description="of a camera, asked for: MJPG, YUYV")
    ] = None
    realtime: Annotated[bool, Field(description="play recordings at their own pace, as if they were cameras")] = False
    loop: Annotated[bool, Field(description="play such a recording over and over")] = False
