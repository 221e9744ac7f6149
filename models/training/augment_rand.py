"""RandAugment on a whole batch: each picture gets two of fourteen changes, at one strength.

Cubuk et al., "RandAugment" (2019). Two things differ from the paper so that a batch takes milliseconds: the two changes
are never the same, and they come in the order of the list, the geometric ones in one warp.
"""

import math
from collections.abc import Callable
from typing import Any

from models.training.augment_colour import lit
from models.training.augment_geometry import Motion, rotation

CHANGES = (
    *("identity", "rotate", "shear-x", "shear-y", "translate-x", "translate-y"),
    *("brightness", "contrast", "colour"),
    *("solarise", "posterise", "sharpness", "autocontrast", "equalise"),
)
ANGLE, SHEAR, SHIFT, FACTOR, BITS = math.radians(30), 0.3, 0.33, 0.9, 4
"""At strength 1: radians, share, share of the side, change of a factor, and bits taken away."""


def choose(count: Any, seed: Any) -> Any:
    """Which of the changes each picture gets: `(14, count)` bool, two a picture."""
    import tensorflow as tf

    many = len(CHANGES)
    draw = tf.random.experimental.stateless_fold_in
    first = tf.random.stateless_uniform((count,), draw(seed, 0), 0, many, dtype=tf.int32)
    second = (first + tf.random.stateless_uniform((count,), draw(seed, 1), 1, many, dtype=tf.int32)) % many
    numbers = tf.range(many)[:, None]
    return (numbers == first) | (numbers == second)


def directions(count: Any, seed: Any) -> Any:
    """`(count,) float32`, -1 or 1: which way each picture's changes go."""
    import tensorflow as tf

    coin = tf.random.stateless_uniform((count,), tf.random.experimental.stateless_fold_in(seed, 2))
    return tf.where(coin < 0.5, -1.0, 1.0)


def moved(chosen: Any, sign: Any, strength: float, height: Any, width: Any) -> Motion:
    """The geometric ones.

    Args:
        chosen: `(14, B)` bool.
        sign: `(B,) float32`, -1 or 1.
        strength: In [0, 1].
        height, width: Of the pictures.
    """
    import tensorflow as tf

    def amount(name: str, most: float) -> Any:
        return tf.where(chosen[CHANGES.index(name)], strength * most * sign, 0.0)

    one = tf.ones_like(sign)
    shear = tf.stack([tf.stack([one, amount("shear-x", SHEAR)], -1), tf.stack([amount("shear-y", SHEAR), one], -1)], -2)
    wide, high = tf.cast(width, tf.float32), tf.cast(height, tf.float32)
    offset = tf.stack([amount("translate-x", SHIFT) * wide, amount("translate-y", SHIFT) * high], -1)
    return Motion(rotation(amount("rotate", ANGLE)) @ shear, offset)


def coloured(images: Any, chosen: Any, sign: Any, strength: float) -> Any:
    """The others.

    Args:
        images: `(B, H, W, C) float32`, pixels 0 to 255.
        chosen: `(14, B)` bool.
        sign: `(B,) float32`, -1 or 1.
        strength: In [0, 1].

    Returns:
        `(B, H, W, C) float32`, 0 to 255.
    """
    import tensorflow as tf

    def factor(name: str) -> Any:
        return tf.where(chosen[CHANGES.index(name)], 1 + FACTOR * strength * sign, 1.0)

    images = lit(images, factor("brightness"), factor("contrast"), factor("colour"))
    threshold, step = 255 * (1 - strength), 2.0 ** round(BITS * strength)
    some: dict[str, Callable[[Any, Any], Any]] = {
        "solarise": lambda few, _: tf.where(few > threshold, 255 - few, few),
        "posterise": lambda few, _: few - tf.math.floormod(few, step),
        "sharpness": lambda few, way: sharpened(few, 1 + FACTOR * strength * way),
        "autocontrast": lambda few, _: stretched(few),
        "equalise": lambda few, _: equalised(few),
    }
    for name, change in some.items():
        rows = tf.where(chosen[CHANGES.index(name)])  # (M, 1)
        few = change(tf.gather_nd(images, rows), tf.gather_nd(sign, rows))
        images = tf.tensor_scatter_nd_update(images, rows, few)
    return images


def sharpened(images: Any, factor: Any) -> Any:
    """Pictures moved away from, or towards, themselves blurred: `factor`, `(B,)`, 0 is blurred, 1 as they are."""
    import tensorflow as tf

    # Sums of slices and no convolution: TensorFlow's gives a batch of no pictures another shape.
    padded = tf.pad(images, [(0, 0), (1, 1), (1, 1), (0, 0)], "SYMMETRIC")
    rows = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    blurred = (rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:] + 4 * images) / 13
    return tf.clip_by_value(blurred + factor[:, None, None, None] * (images - blurred), 0.0, 255.0)


def stretched(images: Any) -> Any:
    """Each channel from 0 to 255; one of a single level stays."""
    import tensorflow as tf

    low, high = tf.reduce_min(images, (1, 2), keepdims=True), tf.reduce_max(images, (1, 2), keepdims=True)
    return tf.where(high > low, tf.math.divide_no_nan(images - low, high - low) * 255, images)


def equalised(images: Any) -> Any:
    """Each channel with as even a spread of levels as can be: their ranks; one of a single level stays."""
    import tensorflow as tf

    shape = tf.shape(images)
    planes = tf.transpose(tf.reshape(images, (shape[0], -1, shape[3])), (0, 2, 1))  # (B, C, H * W)
    levels = tf.cast(planes, tf.int32)
    pixels = shape[1] * shape[2]
    flat = tf.reshape(levels, (-1, pixels))  # (B * C, H * W)
    counts = tf.math.bincount(flat, minlength=256, maxlength=256, axis=-1)
    below = tf.cumsum(counts, axis=-1)
    lowest = tf.gather(below, tf.reduce_min(flat, 1), batch_dims=1)[:, None]
    rank = tf.cast(below - lowest, tf.float32) / tf.cast(tf.maximum(pixels - lowest, 1), tf.float32) * 255
    table = tf.where(pixels > lowest, rank, tf.range(256, dtype=tf.float32)[None, :])  # (B * C, 256)
    found = tf.reshape(tf.gather(table, flat, batch_dims=1), tf.shape(planes))
    return tf.reshape(tf.transpose(found, (0, 2, 1)), shape)
