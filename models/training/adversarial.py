"""Pictures changed by a few grey levels so that a network errs most; learning from them makes it withstand them."""

from collections.abc import Callable
from typing import Any

from models.training.config import AdversarialConfig

Mislead = Callable[[Any, Any], Any]
"""From `(B, H, W, C) float32` pixels 0 to 255 and their classes to pixels that mislead."""
FAR = 2.5
"""How far all steps of PGD go together, in epsilons: enough to reach every corner from every start (Madry et al.)."""


def mislead(config: AdversarialConfig, model_logits: Callable[..., Any], loss: Callable[[Any, Any], Any]) -> Mislead:
    """A TensorFlow function that makes pictures worse for a network, as it is at that moment.

    fgsm is one step along the gradient's sign: Goodfellow, Shlens and Szegedy, "Explaining and Harnessing Adversarial
    Examples" (2015). pgd is several smaller ones from a random start, brought back to within epsilon after each: Madry
    et al., "Towards Deep Learning Models Resistant to Adversarial Attacks" (2018). The random start follows from the
    pictures alone, so that the same batch is always changed alike and nothing has to be kept to go on from.

    Args:
        config: Which of the two (with none, pictures stay), epsilon in grey levels, and steps.
        model_logits: `(images, training=False) -> (B, K)` logits; batch norm's statistics and dropout stay untouched.
        loss: `(classes, logits) -> losses`, a number or one a picture.

    Returns:
        Takes `(B, H, W, C) float32` and classes as the loss takes them; gives `(B, H, W, C) float32`, 0 to 255, none
        of it further than epsilon from what it was. No gradient flows through it.
    """
    import tensorflow as tf

    def uphill(images: Any, classes: Any) -> Any:
        """-1, 0 or 1 for each pixel: where the loss grows."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            found = tf.reduce_sum(loss(classes, model_logits(images, training=False)))
        return tf.sign(tape.gradient(found, images))

    def change(images: Any, classes: Any) -> Any:
        images = tf.cast(images, tf.float32)
        low, high = tf.maximum(images - config.epsilon, 0.0), tf.minimum(images + config.epsilon, 255.0)
        if config.kind == "none":
            return images
        if config.kind == "fgsm":
            worse = tf.clip_by_value(images + config.epsilon * uphill(images, classes), low, high)
            return tf.stop_gradient(worse)
        far = FAR * config.epsilon / config.steps
        start = tf.random.stateless_uniform(tf.shape(images), _seed(images), -config.epsilon, config.epsilon)
        _, worse = tf.while_loop(
            lambda step, _: step < config.steps,
            lambda step, now: (step + 1, tf.clip_by_value(now + far * uphill(now, classes), low, high)),
            (tf.constant(0), tf.clip_by_value(images + start, low, high)),
        )
        return tf.stop_gradient(worse)

    return change


def _seed(images: Any) -> Any:
    """`(2,) int32` that follows from the pictures."""
    import tensorflow as tf

    return tf.bitcast(tf.stack([tf.reduce_sum(images), tf.reduce_sum(images[:, ::2])]), tf.int32)
