from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.data.dataset import DataSet
from models.ensembles.graph import join
from models.ensembles.members import load_run, probabilities
from models.ensembles.rule import Rule, plain_mean
from models.experiments.run import Run

RANDOM = np.random.default_rng(0)
RULES = {
    "mean": Rule(weights=(0.5, 0.3, 0.2)),
    "votes": Rule(kind="votes", weights=(1.5, 0.5, 0.75), temperature=2.0),
    "stacking": Rule(
        kind="stacking",
        coefficients=tuple(tuple(row) for row in RANDOM.normal(size=(10, 30)).tolist()),
        intercepts=tuple(RANDOM.normal(size=10).tolist()),
    ),
}


@pytest.fixture(scope="module")
def networks(runs: list[Path]) -> list[Any]:
    return [load_run(Run(folder)).network for folder in runs]


@pytest.mark.parametrize("name", RULES)
def test_one_network_gives_what_the_rule_makes_of_the_members_and_so_it_does_when_saved(
    networks: list[Any], digits: DataSet, tmp_path: Path, name: str
) -> None:
    import keras

    images = digits.validation.images
    want = RULES[name](np.stack([probabilities(one, images) for one in networks]))
    joined = join(networks, RULES[name])
    np.testing.assert_allclose(probabilities(joined, images), want, atol=1e-5)
    joined.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(probabilities(again, images), want, atol=1e-5)
    assert [layer.name for layer in again.layers[-3:]] == ["logits", "temperature", "probability"]


@pytest.mark.filterwarnings("ignore")  # of tf2onnx and what it imports
@pytest.mark.parametrize("name", RULES)
def test_every_rule_becomes_onnx_that_says_what_the_members_say(
    networks: list[Any], digits: DataSet, name: str
) -> None:
    tf2onnx = pytest.importorskip("tf2onnx", reason="conversion is not installed here")
    import onnxruntime
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    joined = join(networks, RULES[name])
    live = tf.function(lambda image: joined(image, training=False))
    frozen = convert_variables_to_constants_v2(live.get_concrete_function(tf.TensorSpec((None, 8, 8, 1), tf.float32)))
    names = [[tensor.name for tensor in tensors] for tensors in (frozen.inputs, frozen.outputs)]
    made, _ = tf2onnx.convert.from_graph_def(frozen.graph.as_graph_def(), None, *names, opset=17)
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    images = digits.validation.images
    said = session.run(None, {names[0][0]: images.astype(np.float32)})[0]
    want = RULES[name](np.stack([probabilities(one, images) for one in networks]))
    np.testing.assert_allclose(said, want, atol=1e-5)


@pytest.mark.parametrize("rule", [plain_mean(1), Rule(weights=(7.0,))])
def test_an_ensemble_of_one_is_that_one(networks: list[Any], digits: DataSet, rule: Rule) -> None:
    alone = probabilities(networks[0], digits.validation.images)
    np.testing.assert_allclose(probabilities(join(networks[:1], rule), digits.validation.images), alone, atol=1e-6)


def test_a_rule_for_another_number_of_members_is_refused(networks: list[Any]) -> None:
    with pytest.raises(ValueError, match="another ensemble than 3 members of 10 classes"):
        join(networks, plain_mean(2))
    with pytest.raises(ValueError, match="another ensemble than 2 members"):
        join(networks[:2], RULES["stacking"])
