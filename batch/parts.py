"""Which stages of a config can work on parts of a recording, and which need its frames one after another.

A config can be cut into three: stages without memory, which look at pictures anywhere; stages with memory that need
only what those found, which run in order and without pictures; and what is drawn for eyes, which is rendered in parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.config import Settings, StageSettings


@dataclass(frozen=True)
class Parts:
    """The stages of a config, in their order."""

    look: tuple[StageSettings, ...]
    """Without memory, at the beginning."""
    follow: tuple[StageSettings, ...]
    """With memory, and without a look at the picture."""
    draw: tuple[StageSettings, ...]
    """For eyes alone."""


def parts_of(settings: Settings) -> Parts | str:
    """The three parts, or in a line why a recording has to be worked on in one."""
    stages = list(settings.stages)
    look: list[StageSettings] = []
    while stages and not stages[0].kind.in_order and not _draws(stages[0]):
        stage = stages.pop(0)
        why = _bound(stage)
        if why:
            return why
        look.append(stage)
    follow: list[StageSettings] = []
    while stages and not _draws(stages[0]):
        stage = stages.pop(0)
        if _sees(stage):
            return f"stage '{stage.name}' looks at every picture in order"
        follow.append(stage)
    if not look:
        return "no stage looks at pictures without a memory"
    odd = [stage.name for stage in stages if not _draws(stage)]
    if odd:
        return f"stage '{odd[0]}' stands after what is drawn"
    return Parts(tuple(look), tuple(follow), tuple(stages))


def _bound(stage: StageSettings) -> str:
    """Why a stage without memory is bound to the frames before all the same."""
    config = stage.config
    if config.every == "auto":
        return f"stage '{stage.name}' chooses its frames by those before (every: auto)"
    if config.on_error != "stop":
        return f"stage '{stage.name}' goes on after faults (on_error: {config.on_error})"
    if config.when:
        return f"stage '{stage.name}' waits for another (when: {config.when})"
    if getattr(stage.kind, "moves_pixels", False):
        return f"stage '{stage.name}' moves pixels"
    return ""


def _draws(stage: StageSettings) -> bool:
    return bool(getattr(stage.kind, "draws", False))


def _sees(stage: StageSettings) -> bool:
    sees = getattr(stage.kind, "sees", None)
    return True if sees is None else bool(sees(stage.config))


def names(stages: Sequence[StageSettings]) -> list[str]:
    """Of the stages."""
    return [stage.name for stage in stages]
