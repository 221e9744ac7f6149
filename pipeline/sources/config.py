"""Settings of a source that reads recordings."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class SourceConfig(BaseModel):
    """How recordings and folders of images are read. Frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reader: Annotated[
        Literal["auto", "opencv", "pyav"],
        Field(description="what decodes; auto is pyav, which tells damage and exact times (see decision 0002)"),
    ] = "auto"
    threads: Annotated[
        int, Field(ge=0, le=64, description="threads of the decoder; 0: as the thread budget gives, or else 1")
    ] = 0
    fps: Annotated[float, Field(gt=0, le=1000, description="images a second, for a folder or glob of images")] = 25.0
