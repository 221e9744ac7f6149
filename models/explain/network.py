"""A Keras network opened so that one can look into it: what each layer gives, and how a class hangs on it.

Each layer is listened to while the network runs, wherever it stands: in a nested backbone too, and in a Sequential,
whose `layer.output` is connected to nothing after `load_model`. So no graph has to be rebuilt.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.evaluation.keras_form import load_keras
from models.experiments.run import STATE, Run
from pipeline.errors import ConfigError

SMALLEST_SIDE = 3
"""Cells of the smallest map that still says where something is."""
NAMED = 12
"""Layers that a message names."""
PASSING = ("InputLayer", "Dropout", "Flatten", "Reshape")
"""Layers that change no number, when nothing is trained."""
ENDINGS = tuple(
    ("GlobalAveragePooling2D", "Dense", *end) for end in ((), ("Softmax",), ("Activation",), ("Rescaling", "Softmax"))
)
"""How a network ends whose last maps CAM can weight."""
SQUASHING = ("softmax", "sigmoid")
"""Activations that turn scores into probabilities; gradients are taken before them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A layer as it was met when the network ran."""

    name: str
    """With the names of the models it stands in: `backbone/conv1`."""
    kind: str
    """Its class, such as Conv2D."""
    shape: tuple[int, ...]
    """Of what it gives for one picture."""
    is_neck: bool = True
    """Whether all that comes later knows the picture through it alone: nothing goes past it."""

    @property
    def is_map(self) -> bool:
        """Whether what it gives has places: (height, width, channels), more than one."""
        return len(self.shape) == 3 and self.shape[0] * self.shape[1] > 1


class Network:
    """A classifier in Keras that can be looked into.

    Args:
        model: A `keras.Model` from pixels `(N, H, W, C) float32` 0 to 255 to probabilities `(N, K)`.
        name: For messages.
        labels: Name of each class; by default their numbers.
    """

    def __init__(self, model: Any, name: str, labels: tuple[str, ...] = ()) -> None:
        _, height, width, channels = model.input_shape
        self.model, self.name = model, name
        self.size: tuple[int, int] = (width, height)
        """(width, height) of what it takes, pixels."""
        self.channels: int = channels
        self.labels = labels or tuple(str(number) for number in range(model.output_shape[-1]))
        self._leaves = dict(_leaves(model))
        self._functions: dict[object, Callable[..., Any]] = {}
        """Traced by TensorFlow: a third of the time."""
        self.layers = self._meet()
        """Every layer in the order in which they run."""

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """`(N, K) float32` probabilities of `(N, H, W, C)` pixels 0 to 255 of its own size."""
        if "probabilities" not in self._functions:
            self._functions["probabilities"] = self._compiled(lambda pixels: self.model(pixels, training=False))
        return _array(self._functions["probabilities"](images.astype(np.float32)))

    def layer(self, name: str | None) -> Seen:
        """The layer called so; by default the last convolution or what follows it, whose map says most of a class.

        Raises:
            ConfigError: there is none, or what it gives has no places.
        """
        maps = [layer for layer in self.layers if layer.is_map]
        if name is None:
            good = [layer for layer in maps if "Pooling" not in layer.kind]
            large = [layer for layer in good if min(layer.shape[:2]) >= SMALLEST_SIDE]
            if not good:
                raise ConfigError(f"no layer of {self.name} has a map; take method occlusion or integrated-gradients")
            return ([layer for layer in large if layer.is_neck] or large or good)[-1]
        for layer in maps:
            if layer.name == name:
                return layer
        told = [layer for layer in maps if layer.is_neck][-NAMED:] or maps[-NAMED:]
        there = ", ".join(f"{layer.name} ({layer.shape[1]} x {layer.shape[0]})" for layer in told)
        there += f" and {len(maps) - len(told)} others" if len(maps) > len(told) else ""
        raise ConfigError(f"layer: '{name}' is no layer of {self.name} with a map; there are {there}")

    def activations(self, images: np.ndarray, names: tuple[str, ...]) -> dict[str, np.ndarray]:
        """What layers give, `(N, ...) float32` each by name, for `(N, H, W, C)` pixels 0 to 255."""
        kept: dict[str, Any] = {}
        wanted = {name: self._leaves[name] for name in names}
        with _heard(wanted, lambda name, _, given: kept.update({name: given})):
            self.model(images.astype(np.float32), training=False)
        return {name: _array(kept[name]) for name in names}

    def gradients(
        self, images: np.ndarray, classes: np.ndarray, layer: str | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """How the score of a class, which is the logit, changes with what a layer gives.

        Args:
            images: `(N, H, W, C)` pixels 0 to 255 of the network's size.
            classes: `(N,)` int, one for each picture.
            layer: Its name; None is the pixels themselves.

        Returns:
            What the layer gives and the gradient, `(N, h, w, C) float32` both, and the scores `(N,) float32`.
        """
        if ("gradients", layer) not in self._functions:
            self._functions["gradients", layer] = self._traced(layer)
        given, slope, scores = self._functions["gradients", layer](images.astype(np.float32), classes.astype(np.int32))
        return _array(given), _array(slope), _array(scores)

    @property
    def is_pooled(self) -> bool:
        """Whether it ends so that CAM can be had."""
        return self._pooling() is not None

    def pooled(self) -> tuple[str, np.ndarray]:
        """The layer whose map is averaged over all places and then weighted once, with the weights.

        Returns:
            Name of the averaging layer and `(C, K) float32`, channels by classes.

        Raises:
            ConfigError: the network does not end so.
        """
        found = self._pooling()
        if found is None:
            raise ConfigError(
                f"method: cam needs a network that ends in global average pooling and one dense layer, and {self.name}"
                " does not; take grad-cam, which is the same where both can be had"
            )
        pooling, dense = found
        return pooling, np.asarray(self._leaves[dense].kernel, np.float32)

    def before_pooling(self, images: np.ndarray, pooling: str) -> np.ndarray:
        """What the layer `pooling` is given: `(N, h, w, C) float32`."""

        def taken_by(pixels: Any) -> Any:
            kept: list[Any] = []
            with _heard({pooling: self._leaves[pooling]}, lambda _, taken, __: kept.append(taken[0])):
                self.model(pixels, training=False)
            return kept[-1]

        if ("taken by", pooling) not in self._functions:
            self._functions["taken by", pooling] = self._compiled(taken_by)
        return _array(self._functions["taken by", pooling](images.astype(np.float32)))

    def _pooling(self) -> tuple[str, str] | None:
        """Names of the averaging layer and of the dense one, where nothing but the softmax comes after them."""
        late = [layer for layer in self.layers if layer.kind not in PASSING]
        kinds = [layer.kind for layer in late]
        for ending in ENDINGS:
            if tuple(kinds[-len(ending) :]) == ending:
                return late[-len(ending)].name, late[1 - len(ending)].name
        return None

    def _meet(self) -> tuple[Seen, ...]:
        """Run it once on a black picture, and note each layer as it comes by."""
        heard: list[tuple[str, list[Any], Any]] = []
        with _heard(self._leaves, lambda name, taken, given: heard.append((name, taken, given))):
            self.model(np.zeros((1, *self.size[::-1], self.channels), np.float32), training=False)
        last_use = {id(tensor): at for at, (_, taken, _) in enumerate(heard) for tensor in taken}
        born = {id(given): at for at, (_, _, given) in enumerate(heard)}
        met: dict[str, Seen] = {}
        for at, (name, _, given) in enumerate(heard):
            passing = [key for key, first in born.items() if first <= at < last_use.get(key, -1)]
            if hasattr(given, "shape"):
                met.pop(name, None)
                kind = type(self._leaves[name]).__name__
                met[name] = Seen(name, kind, tuple(given.shape[1:]), passing == [id(given)])
        return tuple(met.values())

    def _compiled(self, function: Callable[[Any], Any]) -> Callable[..., Any]:
        """A TensorFlow function of pictures in any number."""
        import tensorflow as tf

        pixels = tf.TensorSpec((None, *self.size[::-1], self.channels), tf.float32)
        return tf.function(function, input_signature=[pixels])  # type: ignore[no-any-return]

    def _traced(self, layer: str | None) -> Callable[..., Any]:
        """A TensorFlow function of pictures and classes that gives what `gradients` does."""
        import tensorflow as tf

        last = self.layers[-1].name
        wanted = {name: self._leaves[name] for name in (layer, last) if name is not None}
        pixels = tf.TensorSpec((None, *self.size[::-1], self.channels), tf.float32)

        @tf.function(input_signature=[pixels, tf.TensorSpec((None,), tf.int32)])  # type: ignore[untyped-decorator]
        def traced(images: Any, classes: Any) -> Any:
            kept: dict[str, Any] = {}
            with tf.GradientTape(watch_accessed_variables=False) as tape:

                def note(name: str, taken: list[Any], given: Any) -> None:
                    if name == last:
                        kept["scores"] = _before_squashing(self._leaves[last], taken[0], given)
                    if name == layer:
                        tape.watch(given)
                        kept["given"] = given

                if layer is None:
                    tape.watch(images)
                    kept["given"] = images
                with _heard(wanted, note):
                    self.model(images, training=False)
                scores = tf.gather(tf.cast(kept["scores"], tf.float32), classes, batch_dims=1)
            slope = tape.gradient(scores, kept["given"], unconnected_gradients=tf.UnconnectedGradients.ZERO)
            return tf.cast(kept["given"], tf.float32), tf.cast(slope, tf.float32), scores

        return traced  # type: ignore[no-any-return]


def open_network(path: Path) -> Network:
    """The network in a `.keras` file.

    Raises:
        ModelError: no such file, none that this Keras reads, or no classifier of pictures.
    """
    model, run = load_keras(path), Run(path.parent)
    labels = run.state().get("labels", ()) if run.path(STATE).is_file() else ()
    return Network(model, path.name, tuple(str(label) for label in labels))


def _leaves(model: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Layers that hold no others, and single operations, with the names of the models they stand in."""
    for layer in getattr(model, "operations", model.layers):
        if getattr(layer, "layers", None):
            yield from _leaves(layer, f"{before}{layer.name}/")
        else:
            yield before + layer.name, layer


@contextmanager
def _heard(layers: Mapping[str, Any], tell: Callable[[str, list[Any], Any], None]) -> Iterator[None]:
    """While the block runs, tell name, inputs and output of each layer that is called."""
    from keras import tree

    def listening(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            given = call(*args, **kwargs)
            tell(name, tree.flatten((args, kwargs)), given)
            return given

        return called

    for name, layer in layers.items():
        layer.call = listening(name, layer.call)
    try:
        yield
    finally:
        for layer in layers.values():
            del layer.call  # the method of its class shows again


def _before_squashing(layer: Any, taken: Any, given: Any) -> Any:
    """The scores that the last layer makes probabilities of; what it gives, where it makes none."""
    from keras import ops

    if type(layer).__name__ == "Softmax":
        return taken
    if getattr(getattr(layer, "activation", None), "__name__", "") not in SQUASHING:
        return given
    return ops.matmul(taken, layer.kernel) + layer.bias if type(layer).__name__ == "Dense" else taken


def _array(tensor: Any) -> np.ndarray:
    import keras

    return np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32")), np.float32)
