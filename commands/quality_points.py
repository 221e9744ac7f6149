"""The ways of doing less that `bench --quality` tries, each as a config."""

from dataclasses import replace
from typing import Any

import yaml

from pipeline.config import Settings, StageSettings, check_settings
from pipeline.config_file import Document
from stages import CATALOGUE

FULL = "every frame"
GATE = "moves"
"""Name of the stage that says whether anything moves, where one is put in."""
SEEDS = ("every: 2", "every: 3", "every: 4", "every: 6", "every: 8")
APART = (2, 4, 8)


def points(settings: Settings, *, int8: bool) -> dict[str, Settings]:
    """Configs by name, the one that looks at every frame first.

    Args:
        settings: What is tried; its detectors are the stages that can tell what lies between two looks.
        int8: Whether their networks are there with eight bits.
    """
    found = {FULL: _with(settings, every=1)}
    found |= {name: _with(settings, every=int(name.split()[1])) for name in SEEDS}
    found |= {f"every: auto, apart: {apart}": _with(settings, every="auto", apart=apart) for apart in APART}
    if not any(stage.config.when for stage in settings.stages) and not any(s.name == GATE for s in settings.stages):
        found["when something moves"] = _gated(_with(settings, every=1))
        found["every: auto, when something moves"] = _gated(_with(settings, every="auto"))
    if int8:
        found["int8"] = _with(settings, every=1, precision="int8")
        found["int8, every: auto"] = _with(settings, every="auto", precision="int8")
    return found


def is_detector(stage: StageSettings) -> bool:
    """Whether it can be asked less: it can tell what lies between two looks."""
    return hasattr(stage.kind, "between") and not stage.kind.in_order


def _with(settings: Settings, **changes: object) -> Settings:
    """The config with other settings of its detectors."""
    stages = tuple(
        replace(stage, config=stage.config.model_copy(update=_known(stage, changes))) if is_detector(stage) else stage
        for stage in settings.stages
    )
    return replace(settings, stages=stages)


def _known(stage: StageSettings, changes: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in changes.items() if key in type(stage.config).model_fields}


def _gated(settings: Settings) -> Settings:
    """The config with a stage before the first detector that keeps all of them from looking at what stands still."""
    gate = check_settings(Document("", {"stages": {GATE: {"use": "motion"}}}), CATALOGUE).stages[0]
    stages = [
        replace(stage, config=stage.config.model_copy(update={"when": GATE})) if is_detector(stage) else stage
        for stage in settings.stages
    ]
    stages.insert(next(place for place, stage in enumerate(stages) if is_detector(stage)), gate)
    return replace(settings, stages=tuple(stages))


def as_yaml(settings: Settings) -> str:
    """A config file that says what `settings` do: what differs from the defaults."""
    used = {target: name for name, target in CATALOGUE.items()}
    stages: dict[str, Any] = {}
    for stage in settings.stages:
        target = f"{stage.kind.__module__}:{stage.kind.__qualname__}"
        use = used.get(target, target)
        told = stage.config.model_dump(mode="json", exclude_defaults=True)
        stages[stage.name] = ({} if use == stage.name else {"use": use}) | told or None
    rest = {
        name: told
        for name in ("source", "output", "flow", "live", "record")
        if (told := getattr(settings, name).model_dump(mode="json", exclude_defaults=True))
    }
    text: str = yaml.safe_dump({"stages": stages, **rest}, sort_keys=False, allow_unicode=True)
    return text
