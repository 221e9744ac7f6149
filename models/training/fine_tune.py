"""How a network that knows something already is let learn something else: which layers move, when, and how fast.

A block is all layers that give one size of picture: what stands between two halvings. Dense layers before the last one
are a block of their own. Blocks nearer to the picture know more general things (Yosinski et al. 2014, "How transferable
are features in deep neural networks?"), so they are let go of last and move slowest (Howard and Ruder 2018, "Universal
Language Model Fine-tuning", sections 3.2 and 3.3).
"""

from typing import Any

from models.nets import WHITEN
from models.training.config import FineTuneConfig
from pipeline.errors import ConfigError

_LAST = "logits"


def apply(model: Any, config: FineTuneConfig, epoch: int) -> bool:
    """Freeze and let go of layers as it should be in an epoch. Batch norm of frozen blocks stays as it is, too.

    Args:
        model: As `models.training.network.build` gives it.
        config: `frozen`: all blocks, always. `unfreeze_every`: all, and one less each so many epochs. Else none.
        epoch: From 0.

    Returns:
        Whether something changed, so that the model has to be compiled again.

    Raises:
        ConfigError: both are asked for.
    """
    if config.frozen and config.unfreeze_every:
        raise ConfigError("fine_tune: frozen never lets go and unfreeze_every does; set one of them")
    blocks = blocks_of(model)
    free = 0 if config.frozen else epoch // config.unfreeze_every if config.unfreeze_every else len(blocks)
    changed = False
    for number, block in enumerate(blocks):
        moves = number >= len(blocks) - free
        for layer in block:
            changed |= layer.trainable != moves
            layer.trainable = moves
    return changed


def rate_factors(model: Any, config: FineTuneConfig) -> dict[str, float]:
    """What share of the learning rate each variable has, by its path; those of the last layer have all of it."""
    blocks = blocks_of(model)
    return {
        variable.path: config.layer_decay ** (len(blocks) - number)
        for number, block in enumerate(blocks)
        for layer in block
        for variable in layer.weights
    }


def blocks_of(model: Any) -> list[list[Any]]:
    """Layers with weights before the last, by the size of what they give, from the picture on."""
    layers = [layer for layer in model.layers if layer.weights and layer.name not in (_LAST, WHITEN)]
    blocks: dict[int, list[Any]] = {}
    largest = (
        0  # of this and all later ones: what squeezes a picture to one pixel to weigh its channels begins no block
    )
    for layer in reversed(layers):
        shape = layer.output.shape
        largest = max(largest, shape[1] * shape[2] if len(shape) == 4 else 0)
        blocks.setdefault(largest, []).append(layer)
    return [block[::-1] for block in reversed(blocks.values())]
