"""A config's way from a picture to its texts, for commands that look at pictures one by one."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np

from commands.settings import load_settings
from pipeline.build import build
from pipeline.config import Settings
from pipeline.errors import ConfigError
from pipeline.results.texts import Texts
from pipeline.station import StagePlan
from pipeline.types import Frame, Packet

PAGE = {"find_px": 1600, "most": 400}
"""Settings for pictures that may be whole pages: there is time for one."""
ONE_LINE = ("find=false", 'inside=""', 'regions={"line": [0, 0, 1, 1]}')
"""Settings of a stage that reads, for a picture that is one line and nothing else."""


def text_stages(settings: Settings, config: Path) -> list[str]:
    """Names of the stages that give Texts.

    Raises:
        ConfigError: there is none.
    """
    names = [stage.name for stage in settings.stages if issubclass(stage.kind.gives, Texts)]
    if not names:
        raise ConfigError(f"{config}: no stage gives texts; add `read:` to its stages")
    return names


def settings_for_stills(config: Path, assignments: Sequence[str], *changes: str) -> Settings:
    """The settings of a config for pictures that stand alone: a text is told at once, nothing comes to confirm it; and
    where the config does not say how finely lines are looked for, as finely as a whole page needs.

    Args:
        config: of any pipeline that reads.
        assignments: what the user set; counts most.
        changes: `setting=value` for every stage that reads.
    """
    settings = load_settings(config, tuple(assignments))
    names = text_stages(settings, config)
    forced = [f"stages.{name}.{change}" for name in names for change in ("settle=1", *changes)]
    for stage in settings.stages:
        open_ = type(stage.config).model_fields.keys() - stage.config.model_fields_set
        if stage.name in names:
            forced += [f"stages.{stage.name}.{key}={value}" for key, value in PAGE.items() if key in open_]
    return load_settings(config, (*forced, *assignments))


class TextPath:
    """The stages up to the last one that reads, built once, for one picture after another.

    Raises:
        ConfigError: the config does not read, or cannot be built.
        ModelError: a network is missing.
    """

    def __init__(self, settings: Settings, config: Path) -> None:
        self._names = text_stages(settings, config)
        plans = build(settings)
        self._plans = until(plans, self._names)
        self._closes = [getattr(stage, "close", None) for plan in self._plans for stage in plan.workers]
        self._index = 0

    def read(self, image: np.ndarray) -> tuple[Texts, float]:
        """What a picture says, `(H, W, 3) uint8` BGR; and the seconds that it took."""
        # a clock that goes back makes stages forget: pictures have nothing to do with each other
        frame = Frame(image, self._index, float(-self._index), time.monotonic(), "picture")
        self._index += 1
        began_s = time.perf_counter()
        packet = Packet(frame)
        for plan in self._plans:
            said = plan.workers[0].process(packet)
            packet = packet if said is None else packet.plus(plan.name, said)
        told = [texts for name in self._names if (texts := packet.find(name, Texts)) is not None]
        return joined(told), time.perf_counter() - began_s

    @property
    def given_up(self) -> int:
        """Lines that readers were given up on so far."""
        return sum(getattr(stage, "given_up", 0) for plan in self._plans for stage in plan.workers)

    def close(self) -> None:
        """Let go of readers and networks."""
        with ExitStack() as closing:
            for close in self._closes:
                if close is not None:
                    closing.callback(close)
        self._closes = []

    def __enter__(self) -> "TextPath":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def until(plans: Sequence[StagePlan], names: Sequence[str]) -> list[StagePlan]:
    """The stages up to the last of `names`; the others are closed: what comes after is not asked."""
    last = max(place for place, plan in enumerate(plans) if plan.name in names)
    for plan in plans[last + 1 :]:
        plan.close()
    return list(plans[: last + 1])


def joined(told: Sequence[Texts]) -> Texts:
    """The rows of several results in one."""
    if len(told) == 1:
        return told[0]
    empty = Texts.none()
    return Texts(
        np.concatenate([empty.quad, *(texts.quad for texts in told)]),
        tuple(text for texts in told for text in texts.text),
        np.concatenate([empty.score, *(texts.score for texts in told)]),
        np.concatenate([empty.id, *(texts.id for texts in told)]),
        np.concatenate([empty.since_s, *(texts.since_s for texts in told)]),
    )
