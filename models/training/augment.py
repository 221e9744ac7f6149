"""Training pictures changed a little, each time differently: what the network learns is what stays the same.

Everything is drawn by stateless operations from (seed, step, option), so the same seed gives the same pictures, and
what one option draws does not depend on which others are on.
"""

from collections.abc import Callable
from typing import Any

from models.training.augment_colour import jitter
from models.training.augment_cover import cutout, erasing
from models.training.augment_geometry import motion, shift, warp
from models.training.augment_mix import mixed
from models.training.augment_rand import choose, coloured, directions, moved
from models.training.config import AugmentConfig
from pipeline.errors import ConfigError

Augment = Callable[[Any, Any], tuple[Any, Any]]
"""From `(B, H, W, C) float32` pixels 0 to 255 and `(B, K)` classes to both, changed."""


def augmentation(config: AugmentConfig, shape: tuple[int, int, int], seed: int) -> Augment:
    """A function for `tf.data.Dataset.map` over batches; it counts its calls, so let them be one after another.

    Make a new one each epoch, with a seed of that epoch: then a training that goes on draws what one in one go does.

    Args:
        config: Which options; with none it gives back what it got.
        shape: (height, width, channels) of the pictures.
        seed: Of this epoch.

    Returns:
        Takes and gives `(B, H, W, C) float32` pixels 0 to 255, RGB or grey, and `(B, K) float32` shares of classes;
        the number of pictures may be another each time.

    Raises:
        ConfigError: an option that pictures of this size cannot take.
    """
    import tensorflow as tf

    check(config, shape)
    step = tf.Variable(0, dtype=tf.int64, trainable=False)

    def augment(images: Any, classes: Any) -> tuple[Any, Any]:
        return augmented(config, images, classes, tf.stack([tf.constant(seed, tf.int64), step.assign_add(1)]))

    # AutoGraph would read all of it for control flow that is not there: a second and a half before the first epoch.
    converted: Augment = tf.autograph.experimental.do_not_convert(augment)
    return converted


def augmented(config: AugmentConfig, images: Any, classes: Any, seed: Any) -> tuple[Any, Any]:
    """The same as a pure function.

    Args:
        config: Which options.
        images: `(B, H, W, C)` pixels 0 to 255.
        classes: `(B, K)` shares.
        seed: `(2,) int64`; the same one gives the same result.
    """
    import tensorflow as tf

    draw = tf.random.experimental.stateless_fold_in
    images, classes = tf.cast(images, tf.float32), tf.cast(classes, tf.float32)
    count, height, width = tf.unstack(tf.shape(images)[:3])
    move = motion(config, images, draw(seed, 1))
    if config.randaugment:
        chosen, sign = choose(count, draw(seed, 2)), directions(count, draw(seed, 2))
        move = move.then(moved(chosen, sign, config.randaugment, height, width))
    if config.rotate or config.scale or config.randaugment:
        images = warp(images, move)
    elif config.flip != "none" or config.crop_padding or config.translate:
        images = shift(images, move)
    if config.randaugment:
        images = coloured(images, chosen, sign, config.randaugment)
    if config.colour:
        images = jitter(images, draw(seed, 3), config.colour)
    if config.cutout:
        images = cutout(images, draw(seed, 4), config.cutout)
    if config.erasing:
        images = erasing(images, draw(seed, 5), config.erasing)
    if config.mixup or config.cutmix:
        images, classes = mixed(images, classes, draw(seed, 6), config.mixup, config.cutmix)
    return images, classes


def check(config: AugmentConfig, shape: tuple[int, int, int]) -> None:
    """Raise ConfigError where pictures of (height, width, channels) cannot take an option."""
    side = min(shape[:2])
    for name, pixels in (("crop_padding", config.crop_padding), ("cutout", config.cutout)):
        if pixels >= side:
            raise ConfigError(
                f"augment.{name}: {pixels} pixels leave nothing of pictures of {shape[1]} x {shape[0]}; "
                f"set it below {side}, {max(1, side // 8)} is usual"
                if name == "crop_padding"
                else f"augment.{name}: {pixels} pixels cover all of pictures of {shape[1]} x {shape[0]}; "
                f"set it below {side}, {side // 4} to {side // 2} is usual"
            )
