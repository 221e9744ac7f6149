"""A network trained small on scikit-learn's digits, in the folder of a run, and the forms that it is exported to."""

import json
from pathlib import Path

import numpy as np

LABELS = tuple(str(digit) for digit in range(10))


def digits() -> tuple[np.ndarray, np.ndarray]:
    """`(1797, 8, 8, 1) uint8` and `(1797,) int64`."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return np.minimum(found.images * 16, 255).astype(np.uint8)[..., None], found.target.astype(np.int64)


def trained_run(folder: Path) -> Path:
    """A run whose network tells digits of 8 x 8 pixels apart, about 90 % of those it has not seen; 3 s."""
    import keras

    keras.utils.set_random_seed(0)
    pixels = keras.Input((8, 8, 1), name="pixels")
    x = keras.layers.Rescaling(1 / 255, name="standardise")(pixels)
    x = keras.layers.Conv2D(16, 3, activation="relu", name="conv")(x)
    x = keras.layers.Dense(32, activation="relu", name="dense")(keras.layers.Flatten(name="flatten")(x))
    x = keras.layers.Dense(10, name="logits")(x)
    x = keras.layers.Rescaling(1.0, name="temperature")(x)
    network = keras.Model(pixels, keras.layers.Softmax(name="probability")(x))
    images, classes = digits()
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy())
    network.fit(images[:1200].astype(np.float32), classes[:1200], batch_size=32, epochs=6, verbose=0)
    folder.mkdir(parents=True, exist_ok=True)
    network.save(folder / "model.keras")
    state = {"state": "done", "labels": list(LABELS), "shape": [8, 8, 1], "seed": 0, "mean": [0.0], "deviation": [1.0]}
    (folder / "run.json").write_text(json.dumps(state), encoding="utf-8")
    (folder / "config.yaml").write_text("data: {source: digits, size: [8, 8]}\nepochs: 6\n", encoding="utf-8")
    return folder


def exported(run: Path) -> None:
    """Put `model.onnx` (any batch), `model.tflite` (batch 1) and `model.yaml` beside the run's network."""
    import keras
    import tensorflow as tf
    import tf2onnx
    import yaml
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    network = keras.models.load_model(run / "model.keras", compile=False)

    def from_rgb(image: tf.Tensor) -> tf.Tensor:
        return network(tf.image.rgb_to_grayscale(image), training=False)

    open_batch = tf.function(from_rgb, input_signature=[tf.TensorSpec((None, 8, 8, 3), tf.float32, name="image")])
    made, _ = tf2onnx.convert.from_function(open_batch, open_batch.input_signature, opset=17)
    (run / "model.onnx").write_bytes(made.SerializeToString())
    single = tf.function(from_rgb).get_concrete_function(tf.TensorSpec((1, 8, 8, 3), tf.float32, name="image"))
    frozen = convert_variables_to_constants_v2(single)  # with variables left in, LiteRT gives NaN
    (run / "model.tflite").write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([frozen], network).convert())
    spec = {
        "name": "digits",
        "task": "classify",
        "files": {"onnx": {"file": "model.onnx"}, "tflite": {"file": "model.tflite"}},
        "input": {"size": [8, 8], "colour": "rgb", "dtype": "float32", "mean": 0, "scale": 1},
        "output": {"form": "class-scores", "kind": "probability"},
        "labels": list(LABELS),
    }
    (run / "model.yaml").write_text(yaml.safe_dump(spec), encoding="utf-8")
