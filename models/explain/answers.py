"""Questions answered by several methods, as maps and as figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.evaluation.classifier import Classifier
from models.explain.integrated import integrate
from models.explain.maps import METHODS, Method, heat, shown_contributions
from models.explain.network import Network
from models.explain.questions import Question


@dataclass(frozen=True, slots=True)
class Answer:
    """A question with a map for each method."""

    question: Question
    maps: dict[Method, np.ndarray] = field(default_factory=dict)
    """`(h, w) float32` in [0, 1], the size of what the network was fed."""
    figures: dict[str, Any] = field(default_factory=dict)
    """What is known of a map beside it, by method."""


def usable(looked_at: Network | Classifier) -> tuple[Method, ...]:
    """The methods that can be asked of a model, in their usual order."""
    if isinstance(looked_at, Classifier):
        return ("occlusion",)
    without: tuple[Method, ...] = () if looked_at.is_pooled else ("cam",)
    if not any(layer.is_map for layer in looked_at.layers):
        without = ("cam", "grad-cam", "grad-cam++")
    return tuple(method for method in METHODS if method not in without)


def answer(
    looked_at: Network | Classifier,
    questions: Sequence[Question],
    methods: Sequence[Method],
    layer: str | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> list[Answer]:
    """Each question answered by each method.

    Args:
        looked_at: The model.
        questions: What is asked of it.
        methods: How it is answered.
        layer: For Grad-CAM and Grad-CAM++.
        told: Called with the number of maps that are made.

    Raises:
        ConfigError: a method or a layer that the model does not have.
    """
    answers = [Answer(question) for question in questions]
    done = 0
    for method in methods:
        for one in answers:
            batch, classes = one.question.fed[None], np.array([one.question.asked])
            if method == "integrated-gradients" and isinstance(looked_at, Network):
                found = integrate(looked_at, batch, classes)
                one.maps[method] = shown_contributions(found)[0]
                one.figures[method] = {
                    "score_gained": round(float(found.gained[0]), 4),
                    "share_missed": round(float(found.missed[0]), 5),
                    "steps": int(found.steps[0]),
                }
            else:
                one.maps[method] = heat(looked_at, batch, method, classes, layer)[0]
            done += 1
            told(done)
    return answers
