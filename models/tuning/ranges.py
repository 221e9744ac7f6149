"""What a setting may be in a search: one of several values, or a number between two."""

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Kind = Literal["choice", "int", "float", "log"]
Label = str | int | float | bool | None
FORMS = "{choice: [a, b]}, {int: [low, high]}, {float: [low, high]}, {log: [low, high]}, with a step as third number"
_EXPONENT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+")
_MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class Range:
    """Values of one setting."""

    kind: Kind
    numbers: tuple[float, ...] = ()
    """Lowest, highest, and the step where there is one; of int, float and log."""
    values: tuple[Any, ...] = ()
    """What a choice is between; each of them may be a list or a mapping."""

    @property
    def labels(self) -> tuple[Label, ...]:
        """A choice's values as a study keeps them: what is no plain value as JSON."""
        plain = (str, int, float, bool, type(None))
        return tuple(value if isinstance(value, plain) else json.dumps(value, sort_keys=True) for value in self.values)

    def value(self, label: Any) -> Any:
        """What a setting becomes, from what a study keeps of it."""
        return self.values[self.labels.index(label)] if self.kind == "choice" else label

    def ends(self) -> tuple[Any, ...]:
        """Values that have to be fit for the setting, so that all between are: each of a choice, else both ends."""
        return self.values if self.kind == "choice" else tuple(self._whole(number) for number in self.numbers[:2])

    def every(self) -> tuple[Label, ...] | None:
        """All values, for a grid; None where they are without number."""
        if self.kind == "choice":
            return self.labels
        if self.kind == "log" or (self.kind == "float" and len(self.numbers) == 2):
            return None
        low, high, step = (*self.numbers, 1.0)[:3]
        return tuple(self._whole(low + number * step) for number in range(math.floor((high - low) / step + 1e-9) + 1))

    def distribution(self) -> "BaseDistribution":
        """As Optuna has it."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        if self.kind == "choice":
            return CategoricalDistribution(self.labels)
        low, high = self.numbers[:2]
        step = self.numbers[2] if len(self.numbers) == 3 else None
        if self.kind == "int":
            return IntDistribution(int(low), int(high), step=int(step or 1))
        return FloatDistribution(low, high, log=self.kind == "log", step=step)

    def __str__(self) -> str:
        shown = self.values if self.kind == "choice" else [self._whole(number) for number in self.numbers]
        return f"{{{self.kind}: [{', '.join(_written(value) for value in shown)}]}}"

    def _whole(self, number: float) -> float:
        return int(number) if self.kind == "int" else round(float(number), 12)


def read_range(data: Any) -> Range:
    """The range that a person wrote, such as `{log: [1e-4, 1e-1]}`.

    Raises:
        ConfigError: it is none; the message begins with what is wrong.
    """
    if not isinstance(data, dict) or len(data) != 1 or next(iter(data)) not in ("choice", "int", "float", "log"):
        raise ConfigError(f"{_written(data)} is no range; write one of {FORMS}")
    kind, given = next(iter(data.items()))
    if not isinstance(given, list) or not given:
        raise ConfigError(f"{kind}: {_written(given)} has nothing to choose from; write one of {FORMS}")
    if kind == "choice":
        found = Range(kind, values=tuple(_number_or_all(value) for value in given))
        twice = [label for number, label in enumerate(found.labels) if label in found.labels[:number]]
        if twice:
            raise ConfigError(f"choice has {_written(twice[0])} twice; leave one out")
        return found
    numbers = tuple(_number_or_all(value) for value in given)
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers):
        raise ConfigError(f"{kind}: {_written(given)} are not all numbers; write {{choice: [...]}} for others")
    if kind == "int" and any(number != int(number) for number in numbers if math.isfinite(number)):
        raise ConfigError(f"int: {_written(given)} are not all whole; write {{float: [...]}}")
    _check_order(kind, numbers)
    return Range(kind, numbers=numbers)


def _check_order(kind: Kind, numbers: tuple[float, ...]) -> None:
    most = 2 if kind == "log" else 3
    if not 2 <= len(numbers) <= most or not all(math.isfinite(number) for number in numbers):
        more = "" if kind == "log" else ", and a step if wanted"
        raise ConfigError(f"{kind}: {_written(list(numbers))}: the lowest and the highest number are expected{more}")
    low, high, step = (*numbers, 1.0)[:3]
    if low >= high:
        raise ConfigError(f"{kind}: {_written(list(numbers))}: the lowest is not below the highest; turn them round")
    if kind == "log" and low <= 0:
        raise ConfigError(f"log: the lowest is {low:g}, and has to be above 0; write {{float: [...]}} for others")
    if len(numbers) == 3 and not (0 < step <= high - low and (high - low) / step <= _MOST_STEPS):
        raise ConfigError(f"{kind}: the step {step:g} does not fit between {low:g} and {high:g}")


def _number_or_all(value: Any) -> Any:
    """YAML 1.1 reads `1e-4`, which has no point, as text; people mean a number."""
    return float(value) if isinstance(value, str) and _EXPONENT.fullmatch(value) else value


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
