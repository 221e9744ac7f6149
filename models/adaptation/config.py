"""What `python -m models adapt` takes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.data.dataset import DataConfig

Method = Literal["adabn", "coral", "self-training"]


class AdaptConfig(BaseModel):
    """How a network is carried over to pictures of another kind, whose classes nobody has told it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method
    data: Annotated[DataConfig, Field(description="the new pictures; size and colour are those of the run")]
    pictures: Annotated[int, Field(ge=2, description="at most so many of them are learned from")] = 5000
    epochs: Annotated[int, Field(ge=1, description="coral: passes; self-training: passes a round")] = 10
    rate: Annotated[float, Field(gt=0, description="highest learning rate, of Adam")] = 5e-4
    batch: Annotated[int, Field(ge=2, description="old and new pictures a step, each")] = 64
    weight: Annotated[float, Field(gt=0, description="coral: how much alike features count against right classes")] = (
        1.0
    )
    rounds: Annotated[int, Field(ge=1, description="self-training: how often classes are guessed anew")] = 4
    threshold: Annotated[
        float, Field(ge=0, lt=1, description="self-training: least probability of a guess that is learned from")
    ] = 0.5
    corruption: Annotated[str, Field(description="fog:4 and the like: the new pictures made worse, to try it out")] = ""
    seed: Annotated[int, Field(ge=0, description="of order and of which pictures")] = 0
