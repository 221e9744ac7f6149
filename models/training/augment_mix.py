"""Two pictures in one, and their classes in the same shares."""

from typing import Any

import numpy as np

from models.training.augment_cover import cover

TINY = float(np.finfo(np.float64).tiny)


def mixed(images: Any, classes: Any, seed: Any, mixup: float, cutmix: float) -> tuple[Any, Any]:
    """Each picture with another one of the batch: laid over it faintly, or a rectangle of it put in.

    Zhang et al., "mixup: Beyond Empirical Risk Minimization" (2017); Yun et al., "CutMix" (2019). Where both are on,
    a coin decides for each picture.

    Args:
        images: `(B, H, W, C) float32`.
        classes: `(B, K) float32` shares.
        seed: `(2,) int64`.
        mixup, cutmix: Alpha of the Beta distribution that shares are drawn from; 0: off.

    Returns:
        Both, of the same shapes.
    """
    import tensorflow as tf

    count, height, width = tf.unstack(tf.shape(images)[:3])
    draw = tf.random.experimental.stateless_fold_in
    other = tf.argsort(tf.random.stateless_uniform((count,), draw(seed, 0)))
    coin = tf.random.stateless_uniform((count,), draw(seed, 1)) < (0.5 if mixup and cutmix else float(cutmix > 0))
    partner, share = tf.gather(images, other), tf.ones((count,))
    if cutmix:
        cut = tf.where(coin, tf.sqrt(1 - beta(cutmix, count, draw(seed, 2))), 0)
        at = tf.random.stateless_uniform((2, count), draw(seed, 3))
        edges = []
        for axis, side in enumerate((height, width)):
            long = tf.cast(tf.round(cut * tf.cast(side, tf.float32)), tf.int32)
            begin = tf.cast(at[axis] * tf.cast(side, tf.float32), tf.int32) - long // 2
            end = tf.minimum(begin + long, side)
            begin = tf.maximum(begin, 0)
            edges.append((begin, end - begin))
        (top, tall), (left, broad) = edges
        images = cover(images, partner, top, left, tall, broad)
        share = 1 - tf.cast(tall * broad, tf.float32) / tf.cast(height * width, tf.float32)
    if mixup:
        own = tf.where(coin, 1.0, beta(mixup, count, draw(seed, 4)))
        images = partner + own[:, None, None, None] * (images - partner)
        share = share * own
    return images, share[:, None] * classes + (1 - share)[:, None] * tf.gather(classes, other)


def beta(alpha: float, count: Any, seed: Any) -> Any:
    """`(count,) float32` of the symmetric Beta distribution.

    Two gammas of a small alpha can both be TensorFlow's smallest number; a coin stands for their share then.
    """
    import tensorflow as tf

    one, two = tf.unstack(tf.random.stateless_gamma((2, count), seed, alpha, dtype=tf.float64))
    coin = tf.random.stateless_uniform((count,), tf.random.experimental.stateless_fold_in(seed, 1), dtype=tf.float64)
    return tf.cast(tf.where(one + two > 4 * TINY, one / (one + two), tf.round(coin)), tf.float32)
