"""Features of new pictures made to vary together as those of old ones do."""

from typing import Any


def coral_loss(source: Any, target: Any) -> Any:
    """How differently two sets of features vary: the squared distance of their covariances, 0 where they are alike.

    Sun and Saenko, "Deep CORAL: Correlation Alignment for Deep Domain Adaptation" (2016), after Sun, Feng and Saenko,
    "Return of Frustratingly Easy Domain Adaptation" (2016). It is divided by the sizes of both covariances instead of
    by 4 d^2, so that the same weight serves every net, and making all features small gains nothing.

    Args:
        source: `(N, F) float32`.
        target: `(M, F) float32`.

    Returns:
        A number from 0 to 1.
    """
    import tensorflow as tf

    own, other = covariance(source), covariance(target)
    sizes = tf.reduce_sum(own**2) + tf.reduce_sum(other**2)
    return tf.reduce_sum((own - other) ** 2) / tf.maximum(sizes, 1e-12)


def covariance(features: Any) -> Any:
    """`(F, F)` of `(N, F)`, N at least 2."""
    import tensorflow as tf

    centred = features - tf.reduce_mean(features, 0)
    return tf.matmul(centred, centred, transpose_a=True) / tf.cast(tf.shape(features)[0] - 1, features.dtype)
