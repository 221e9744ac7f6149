"""How the answers of several networks become one: a weighted mean, weighted votes, or a regression on all of them."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from vision.probabilities import softmax

LEAST = 1e-30
"""Probabilities below it count as it where a logarithm is taken."""


class Rule(BaseModel):
    """How M members are combined."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["mean", "votes", "stacking"] = "mean"
    """mean: of probabilities. votes: for each member's best class, or both of a tie. stacking: a regression on all."""
    weights: tuple[Annotated[float, Field(ge=0)], ...] = ()
    """One a member: of the mean, where they sum to 1, or of its vote; empty for stacking."""
    coefficients: tuple[tuple[float, ...], ...] = ()
    """stacking: `(K, M * K)`, of the members' probabilities one after the other."""
    intercepts: tuple[float, ...] = ()
    """stacking: `(K,)`."""
    temperature: Annotated[float, Field(gt=0)] = 1.0
    """Divides the logits; calibration finds it."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind == "stacking":
            if not self.coefficients or len(self.coefficients) != len(self.intercepts) or self.weights:
                raise ValueError("stacking needs coefficients and an intercept for each class, and no weights")
        elif not self.weights or sum(self.weights) <= 0:
            raise ValueError(f"{self.kind} needs a weight for each member, not all of them 0")
        return self

    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        """Before temperature and softmax.

        Args:
            probabilities: `(M, N, K)`, what each member says.

        Returns:
            `(N, K) float64`.
        """
        members, count, classes = probabilities.shape
        if self.kind == "stacking":
            rows = probabilities.transpose(1, 0, 2).reshape(count, members * classes)  # (N, M * K)
            return np.asarray(rows @ np.array(self.coefficients).T + self.intercepts, np.float64)
        weights = np.array(self.weights)
        if self.kind == "votes":
            votes = probabilities == probabilities.max(axis=2, keepdims=True)  # (M, N, K)
            return np.asarray(np.einsum("m,mnk->nk", weights, votes), np.float64)
        mean = np.einsum("m,mnk->nk", weights / weights.sum(), probabilities)
        return np.asarray(np.log(np.maximum(mean, LEAST)), np.float64)

    def __call__(self, probabilities: np.ndarray) -> np.ndarray:
        """`(N, K) float32`, from `(M, N, K)`."""
        return np.asarray(softmax(self.logits(probabilities) / self.temperature), np.float32)


def plain_mean(members: int) -> Rule:
    """Every member counts the same."""
    return Rule(weights=(1 / members,) * members)
