"""Pictures in another light: brightness, contrast and saturation."""

from typing import Any

LUMA = (0.299, 0.587, 0.114)
"""Share of red, green and blue in what the eye takes for bright (ITU-R BT.601)."""


def jitter(images: Any, seed: Any, strength: float) -> Any:
    """Each picture brighter or darker, with more or less contrast and, where it is RGB, with more or less colour.

    Args:
        images: `(B, H, W, C) float32`, pixels 0 to 255.
        seed: `(2,) int64`.
        strength: Each of the three is multiplied by up to so much more or less than 1.

    Returns:
        `(B, H, W, C) float32`, 0 to 255.
    """
    import tensorflow as tf

    factors = tf.random.stateless_uniform((3, tf.shape(images)[0]), seed, 1 - strength, 1 + strength)
    return lit(images, *tf.unstack(factors))


def lit(images: Any, brightness: Any, contrast: Any, saturation: Any) -> Any:
    """Pictures with factors of their own; 1 leaves them as they are.

    Args:
        images: `(B, H, W, C) float32`, pixels 0 to 255.
        brightness: `(B,)`, of every pixel.
        contrast: `(B,)`, of the distance to the picture's mean.
        saturation: `(B,)`, of the distance to the same brightness in grey; grey pictures have none.

    Returns:
        `(B, H, W, C) float32`, 0 to 255.
    """
    import tensorflow as tf

    shape, channels = tf.shape(images), images.shape[-1]
    flat = tf.reshape(images, (shape[0], -1, channels))  # (B, H * W, C)
    luma = tf.constant(LUMA if channels == 3 else [1.0] * channels)
    level = tf.reduce_sum(tf.reduce_mean(flat, 1) * luma, -1)  # (B,)
    both = brightness * contrast
    offset = level * brightness * (1 - contrast)
    if channels == 3:
        own = saturation[:, None, None] * tf.eye(3) + (1 - saturation)[:, None, None] * luma[:, None]  # (B, 3, 3)
        flat = flat @ own
    flat = flat * both[:, None, None] + offset[:, None, None]
    return tf.ensure_shape(tf.reshape(tf.clip_by_value(flat, 0.0, 255.0), shape), images.shape)
