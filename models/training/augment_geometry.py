"""Pictures moved: mirrored, shifted, turned and scaled; a border shows the mirror image of what is beside it.

Where only whole pixels are asked for, one gather does it; else one bilinear warp does everything together.
"""

import math
from dataclasses import dataclass
from typing import Any

from models.training.config import AugmentConfig


@dataclass(frozen=True)
class Motion:
    """Where each picture's pixels come from: `input = turn @ (output - centre) + centre + offset`."""

    turn: Any
    """`(B, 2, 2) float32`, rows x and y."""
    offset: Any
    """`(B, 2) float32` x and y, pixels."""

    def then(self, other: "Motion") -> "Motion":
        """This motion, and the other one of what it gave."""
        import tensorflow as tf

        return Motion(self.turn @ other.turn, self.offset + tf.linalg.matvec(self.turn, other.offset))


def motion(config: AugmentConfig, images: Any, seed: Any) -> Motion:
    """Draw what the options flip, crop_padding, translate, rotate and scale ask for.

    Args:
        config: The options.
        images: `(B, H, W, C)`; only its size counts.
        seed: `(2,) int64`.
    """
    import tensorflow as tf

    count, height, width = tf.unstack(tf.shape(images)[:3])
    draw = tf.random.experimental.stateless_fold_in
    coins = tf.random.stateless_uniform((count, 2), draw(seed, 0))
    wanted = tf.constant([config.flip in ("horizontal", "both"), config.flip in ("vertical", "both")])
    mirror = tf.where(wanted & (coins < 0.5), -1.0, 1.0)  # (B, 2) x and y
    angle = math.radians(config.rotate) * tf.random.stateless_uniform((count,), draw(seed, 1), -1, 1)
    size = 1 + config.scale * tf.random.stateless_uniform((count,), draw(seed, 2), -1, 1)
    far = tf.round(config.translate * tf.cast(tf.stack([width, height]), tf.float32)) + config.crop_padding  # (2,)
    # Whole pixels: each of the 2 * far + 1 places is as likely as any other.
    shift = tf.floor(tf.random.stateless_uniform((count, 2), draw(seed, 3)) * (2 * far + 1)) - far
    return Motion(rotation(angle) * (mirror / size[:, None])[:, :, None], shift)


def rotation(angle: Any) -> Any:
    """`(B, 2, 2)` matrices that turn by `(B,)` radians."""
    import tensorflow as tf

    sine, cosine = tf.sin(angle), tf.cos(angle)
    return tf.stack([tf.stack([cosine, -sine], -1), tf.stack([sine, cosine], -1)], -2)


def shift(images: Any, by: Motion) -> Any:
    """Move by whole pixels, mirrored or not, in one gather; turns and scales are not looked at.

    Padding and then cropping anywhere is such a shift by up to the padding.

    Args:
        images: `(B, H, W, C) float32`.
        by: Its turn is a diagonal of 1 and -1, its offset whole.

    Returns:
        `(B, H, W, C) float32`.
    """
    import tensorflow as tf

    count, height, width, channels = tf.unstack(tf.shape(images))
    places = []
    for axis, side in enumerate((width, height)):
        index = tf.range(side)[None, :]  # (1, side)
        index = tf.where(by.turn[:, axis, axis, None] < 0, side - 1 - index, index)
        places.append(mirrored(index + tf.cast(by.offset[:, axis, None], tf.int32), side))  # (B, side)
    columns, rows = places
    first = (tf.range(count)[:, None] * height + rows) * width  # (B, H)
    moved = tf.gather(tf.reshape(images, (-1, channels)), first[:, :, None] + columns[:, None, :])
    return tf.ensure_shape(moved, images.shape)


def mirrored(index: Any, side: Any) -> Any:
    """Positions outside 0 to side - 1 as those that a mirror at the border shows: -1 is 0, side is side - 1."""
    import tensorflow as tf

    turn = tf.math.floormod(index, 2 * side)
    return tf.minimum(turn, 2 * side - 1 - turn)


def warp(images: Any, by: Motion) -> Any:
    """Move, turn, scale and shear in one bilinear step.

    Args:
        images: `(B, H, W, C) float32`, pixels 0 to 255.
        by: Any motion.

    Returns:
        `(B, H, W, C) float32`.
    """
    import tensorflow as tf

    count, height, width = tf.unstack(tf.shape(images)[:3])
    centre = (tf.cast(tf.stack([width, height]), tf.float32) - 1) / 2
    offset = by.offset + centre - tf.linalg.matvec(by.turn, tf.broadcast_to(centre, (count, 2)))  # (B, 2)
    rows = tf.reshape(tf.concat([by.turn, offset[:, :, None]], -1), (count, 6))
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.concat([rows, tf.zeros((count, 2))], -1),
        output_shape=tf.stack([height, width]),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )
    return tf.clip_by_value(tf.ensure_shape(moved, images.shape), 0.0, 255.0)  # rounding may leave it by a little
