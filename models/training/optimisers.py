"""Keras's optimisers by our settings, with a rate of its own for each layer where fine-tuning asks for it."""

from collections.abc import Mapping
from typing import Any

from models.training.config import OptimiserConfig

UNDECAYED = ["bias", "beta", "gamma"]
"""Weights that decay does not reach: they are few, and small for other reasons (He et al. 2019)."""


def make_optimiser(config: OptimiserConfig, factors: Mapping[str, float]) -> Any:
    """An optimiser whose `learning_rate` is set before each step.

    Args:
        config: Which and how.
        factors: What share of the rate a variable moves with, by its path; 1 for the others.
    """
    import keras

    kinds: dict[str, tuple[type[Any], dict[str, Any]]] = {
        "sgd": (keras.optimizers.SGD, {"momentum": config.momentum, "nesterov": config.nesterov}),
        "rmsprop": (keras.optimizers.RMSprop, {"momentum": config.momentum}),
        "adam": (keras.optimizers.Adam, {}),
        "adamw": (keras.optimizers.AdamW, {}),
        "lion": (keras.optimizers.Lion, {}),
    }
    kind, arguments = kinds[config.kind]
    arguments |= {"learning_rate": config.rate, "global_clipnorm": config.clip_norm}
    if config.weight_decay or config.kind != "adamw":  # Keras's AdamW decays by 0.004 unless told otherwise
        arguments["weight_decay"] = config.weight_decay or None
    else:
        arguments["weight_decay"] = 0.0
    optimiser = _layered(kind, factors)(**arguments) if factors else kind(**arguments)
    if config.weight_decay:
        optimiser.exclude_from_weight_decay(var_names=UNDECAYED)
    return optimiser


def _layered(kind: type[Any], factors: Mapping[str, float]) -> type[Any]:
    class Layered(kind):  # type: ignore[misc]  # Keras comes without types
        """Moves each variable with its own share of the rate."""

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            """Move one variable."""
            own = self._trainable_variables[self._get_variable_index(variable)]  # TensorFlow gives its bare variable
            share = factors.get(own.path, 1.0)
            super().update_step(gradient, variable, learning_rate * share)

    Layered.__name__ = kind.__name__
    return Layered
