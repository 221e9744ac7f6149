"""The settings that stages with a network share, and how one is opened for a task."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from models.backend import Backend, Device, Precision, Runtime, open_backend
from models.cache import default_cache
from models.feed import Feed
from models.heads import shapes_of
from models.labels import read_labels
from models.resolve import resolve
from models.spec import ModelSpec, Task
from pipeline.errors import ModelError
from pipeline.stage import StageConfig


class NetworkConfig(StageConfig):
    """What runs the network, and where; a stage's own class says which."""

    model: str
    runtime: Annotated[Runtime, Field(description="what runs it; auto: ONNX Runtime, or LiteRT where only that is")] = (
        "auto"
    )
    device: Annotated[
        Device,
        Field(description="where it runs; auto: a GPU where ONNX Runtime was installed for one, else the CPU"),
    ] = "auto"
    precision: Annotated[
        Precision,
        Field(
            description="full: as published; float16, int8, dynamic: made by `python -m models quantize`, or `export`"
        ),
    ] = "full"
    options: Annotated[
        dict[str, str | int | float | bool], Field(description="the runtime's own settings, by their names there")
    ] = Field(default_factory=dict)
    threads: Annotated[int, Field(ge=1, le=64, description="threads of one inference")] = 1
    labels: Annotated[
        Path | None, Field(description="text file with a class name a line, in place of the model's own labels")
    ] = None


@dataclass
class Network:
    """A network that is open: a picture in, its one output out."""

    spec: ModelSpec
    backend: Backend
    feed: Feed

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """The first output, without the axis of the batch, for `(H, W, 3) uint8` BGR."""
        output: np.ndarray = self.backend.run(self.feed(image))[0][0]
        return output

    def close(self) -> None:
        """Let go of it."""
        self.backend.close()


def open_network(config: NetworkConfig, task: Task, rank: int, cache: Path | None = None) -> Network:
    """Open the network that a stage's settings name.

    Args:
        config: The settings.
        task: What it has to be for.
        rank: How many axes its first output has, that of the batch included.
        cache: Where pulled models lie; the user's cache folder by default.

    Raises:
        ModelError: it is missing, damaged, for another task, or gives something else.
    """
    spec = resolve(config.model, task)
    if spec.task != task:
        raise ModelError(
            f"model '{spec.name}' is for {spec.task}, not for {task}; `python -m models list` shows which are"
        )
    if config.labels is not None:
        spec = spec.model_copy(update={"labels": read_labels(config.labels, keep_background=True)})
    backend = open_backend(
        spec,
        cache or default_cache(),
        config.runtime,
        config.threads,
        config.device,
        config.precision,
        config.options,
    )
    if len(backend.outputs) != 1 or len(backend.outputs[0].shape) != rank:
        told = shapes_of(backend.outputs)
        backend.close()
        raise ModelError(f"model '{spec.name}' gives {told}; {task} needs one output of {rank} axes: mend its spec")
    return Network(spec, backend, Feed(spec.input))
