"""A recording written anew, with what counted for the network's answer laid over each frame."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import click
import numpy as np

from commands.interrupt import interruptible
from commands.progress import frame_progress
from models.data.pictures import fitted
from models.data.prepare import Step, parse
from models.explain.maps import heat
from models.explain.questions import class_number, steps_of
from models.explain.scale import spread
from pipeline.errors import ConfigError
from pipeline.runner import Runner
from pipeline.sinks.audio import FORMATS, suffix_for
from pipeline.sinks.video import VideoSink
from pipeline.sources import open_source
from pipeline.stage import StageConfig
from pipeline.station import StagePlan
from pipeline.types import Frame, Packet, SourceInfo
from vision.evidence import draw_legend, lay_over
from vision.palette import BLACK
from vision.stamp import stamp

if TYPE_CHECKING:
    from models.evaluation.classifier import Classifier
    from models.explain.network import Network

DAMAGED = 3
"""Exit code: the result is whole, the recording was not."""


class Explained:
    """A filter that shows where the evidence lies, and what the network says."""

    Config: ClassVar[type[StageConfig]] = StageConfig
    gives: ClassVar[type] = Frame
    in_order: ClassVar[bool] = True

    def __init__(
        self,
        looked_at: "Network | Classifier",
        method: str,
        layer: str | None,
        asked: int | None,
        steps: tuple[Step, ...] = (),
    ) -> None:
        """Of a model, by a method.

        Args:
            looked_at: The model.
            method: One of `METHODS`.
            layer: For the Grad-CAMs.
            asked: The class; None is what the model says of each frame.
            steps: What OpenCV does before the network.
        """
        self._looked_at, self._method, self._layer, self._asked, self._steps = looked_at, method, layer, asked, steps

    def process(self, packet: Packet) -> Frame:
        """The frame with the map over it."""
        image, looked_at = packet.frame.image, self._looked_at
        batch = fitted(image[..., ::-1], looked_at.size, looked_at.channels, self._steps)[None]
        row = looked_at(batch)[0]
        asked = int(row.argmax()) if self._asked is None else self._asked
        small = heat(looked_at, batch, self._method, np.array([asked]), self._layer)
        drawn = lay_over(image, spread(small, packet.frame.size)[0])
        stamp(drawn, f"{looked_at.labels[asked]} {row[asked]:.2f}  {self._method}", BLACK)
        draw_legend(drawn, "no", "yes")
        return packet.frame.showing(drawn, packet.frame.to_source)


def explain_video(
    model: Path,
    looked_at: "Network | Classifier",
    clip: str,
    out: Path | None,
    method: str,
    layer: str | None,
    asked: str | None,
    limit: int | None,
) -> int:
    """Write the clip with the map over it; an interrupted one is whole up to there.

    Returns:
        The exit code: 0, or as `annotate` has it where the run was interrupted or the recording damaged.

    Raises:
        PipelineError: the clip cannot be read, or the result not be written.
    """
    number = None if asked is None else class_number(looked_at.labels, asked)
    stage = Explained(looked_at, method, layer, number, parse(steps_of(model)))
    with interruptible() as interrupt, ExitStack() as opened:
        source = open_source(clip, limit=limit)
        opened.callback(source.close)
        target = _target(model, clip, out, suffix_for(source.info))
        sink = VideoSink(target, source.info, cut_audio=limit is not None)
        opened.callback(sink.close)
        _try_on(stage, source.info)
        if interrupt.signal is not None:
            return interrupt.exit_code
        opened.pop_all()  # from here on the runner closes them
        run = Runner(source, [StagePlan("explain", StageConfig(), (stage,))], [sink])

        def stop() -> None:
            sink.cut_audio = True
            click.echo("interrupted; finishing what was read (again to leave at once)", err=True)
            run.stop()

        with run, frame_progress(Path(clip).name, _total(source.info.frames_hint, limit)) as show:
            interrupt.on_ask(stop)
            while not run.wait(0.1):
                show(run.balance().written)
    if sink.summary is not None:
        click.echo(f"{target}: {sink.summary.frames} frames, {sink.summary.duration_s:.1f} s")
    return interrupt.exit_code if interrupt.signal is not None else DAMAGED if source.damage.any else 0


def _try_on(stage: Explained, info: SourceInfo) -> None:
    """Say before the first frame what cannot be: no such layer, or a network the method is not made for."""
    black = np.zeros((info.height, info.width, 3), np.uint8)
    stage.process(Packet(Frame(black, 0, 0.0, 0.0, info.name)))


def _total(hint: int | None, limit: int | None) -> int | None:
    return min(hint, limit) if hint and limit else limit or hint


def _target(model: Path, clip: str, out: Path | None, suffix: str) -> Path:
    """The file to write, whose folder is made."""
    target = out or (model if model.is_dir() else model.parent) / "explain"
    if target.suffix.lower() not in FORMATS:
        target = target / f"{Path(clip).stem}.explained{suffix}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {target.parent}: {error.strerror}; name another with -o") from error
    return target
