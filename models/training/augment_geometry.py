"""Pictures moved: mirrored and shifted by whole pixels in one gather; a border shows the mirror image behind it."""

from typing import Any


def shift(images: Any, seed: Any, flip: str, padding: int, translate: float) -> Any:
    """Mirror half of the pictures, and shift each by its own number of pixels.

    Padding and cropping anywhere is a shift by up to the padding, so both are one thing here, and one gather: an
    eighth of what padding, cropping and mirroring one after another cost.

    Args:
        images: `(B, H, W, C) float32`.
        seed: `(2,) int64`.
        flip: none, horizontal, vertical or both (each by a coin of its own).
        padding: Pixels to either side.
        translate: Share of each side, to either side.

    Returns:
        `(B, H, W, C) float32`.
    """
    import tensorflow as tf

    count, height, width, channels = tf.unstack(tf.shape(images))
    coins = tf.random.stateless_uniform((2, count, 1), seed)
    wanted = (flip in ("vertical", "both"), flip in ("horizontal", "both"))
    where = []
    for axis, side in enumerate((height, width)):
        index = tf.range(side)[None, :]  # (1, side)
        if wanted[axis]:
            index = tf.where(coins[axis] < 0.5, side - 1 - index, index)
        far = padding + tf.cast(tf.round(translate * tf.cast(side, tf.float32)), tf.int32)
        own = tf.random.experimental.stateless_fold_in(seed, axis)
        by = tf.random.stateless_uniform((count, 1), own, -far, far + 1, dtype=tf.int32)
        where.append(tf.broadcast_to(mirrored(index + by, side), (count, side)))  # (B, side)
    rows, columns = where
    first = tf.range(count)[:, None, None] * height * width
    pixels = first + rows[:, :, None] * width + columns[:, None, :]  # (B, H, W)
    moved = tf.gather(tf.reshape(images, (-1, channels)), pixels)
    return tf.ensure_shape(moved, images.shape)


def mirrored(index: Any, side: Any) -> Any:
    """Positions outside 0 to side - 1 as those that a mirror at the border shows: -1 is 0, side is side - 1."""
    import tensorflow as tf

    turn = tf.math.floormod(index, 2 * side)
    return tf.minimum(turn, 2 * side - 1 - turn)
