"""What `python -m models train` takes: every field has a default that works."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.data.dataset import DataConfig


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NetConfig(_Settings):
    """Which network, and its own options."""

    name: Annotated[str, Field(description="`python -m models nets list` shows them")] = "simple-cnn"
    options: Annotated[dict[str, Any], Field(description="arguments of its function, such as depth and width")] = {}
    weights: Annotated[str, Field(description="imagenet, none, or a .keras or .weights.h5 file to begin with")] = "none"
    dropout: Annotated[float, Field(ge=0, lt=1, description="share of features left out before the last layer")] = 0.0
    l1: Annotated[float, Field(ge=0, description="penalty on absolute weights")] = 0.0
    l2: Annotated[float, Field(ge=0, description="penalty on squared weights")] = 0.0


class LossConfig(_Settings):
    """What is made small."""

    kind: Annotated[
        Literal["cross-entropy", "sparse-cross-entropy", "focal", "mse"],
        Field(description="cross-entropy, focal and mse take one-hot classes, sparse-cross-entropy their numbers"),
    ] = "cross-entropy"
    smoothing: Annotated[float, Field(ge=0, lt=1, description="label smoothing")] = 0.0
    gamma: Annotated[float, Field(ge=0, description="focal: how little easy pictures count")] = 2.0


class OptimiserConfig(_Settings):
    """How weights move."""

    kind: Literal["sgd", "rmsprop", "adam", "adamw", "lion"] = "adam"
    rate: Annotated[float, Field(gt=0, description="highest learning rate")] = 1e-3
    momentum: Annotated[float, Field(ge=0, lt=1, description="of sgd and rmsprop")] = 0.9
    nesterov: Annotated[bool, Field(description="sgd: look ahead")] = True
    weight_decay: Annotated[float, Field(ge=0, description="decoupled; not on biases and batch norm")] = 0.0
    clip_norm: Annotated[float | None, Field(gt=0, description="longest gradient, of all weights together")] = None


class ScheduleConfig(_Settings):
    """How the learning rate goes over the epochs."""

    kind: Literal["constant", "cosine", "one-cycle", "step", "plateau"] = "cosine"
    warmup: Annotated[float, Field(ge=0, lt=1, description="share of all steps until the highest rate")] = 0.05
    last: Annotated[float, Field(ge=0, le=1, description="share of the highest rate at the end")] = 0.0
    cycles: Annotated[int, Field(ge=1, description="cosine: how often it begins anew; snapshots use it")] = 1
    every: Annotated[int, Field(ge=1, description="step: epochs between two drops")] = 10
    factor: Annotated[float, Field(gt=0, lt=1, description="step, plateau: what a drop leaves of it")] = 0.1
    patience: Annotated[int, Field(ge=1, description="plateau: epochs without a better validation loss")] = 3


class AugmentConfig(_Settings):
    """How training pictures are changed, each time differently. All are off by default."""

    flip: Annotated[Literal["none", "horizontal", "vertical", "both"], Field(description="mirror half of them")] = (
        "none"
    )
    crop_padding: Annotated[int, Field(ge=0, le=64, description="pixels added around, then cropped anywhere")] = 0
    rotate: Annotated[float, Field(ge=0, le=180, description="degrees to either side")] = 0.0
    scale: Annotated[float, Field(ge=0, lt=1, description="share larger or smaller")] = 0.0
    translate: Annotated[float, Field(ge=0, lt=1, description="share of the side in either direction")] = 0.0
    colour: Annotated[float, Field(ge=0, le=1, description="strength of brightness, contrast and saturation")] = 0.0
    randaugment: Annotated[float, Field(ge=0, le=1, description="strength of RandAugment; 0: off")] = 0.0
    cutout: Annotated[int, Field(ge=0, description="side in pixels of a plain square put anywhere")] = 0
    erasing: Annotated[float, Field(ge=0, le=1, description="share of pictures with a rectangle erased")] = 0.0
    mixup: Annotated[float, Field(ge=0, description="alpha of MixUp; 0: off")] = 0.0
    cutmix: Annotated[float, Field(ge=0, description="alpha of CutMix; 0: off")] = 0.0


class AdversarialConfig(_Settings):
    """Training against small changes that are meant to mislead."""

    kind: Literal["none", "fgsm", "pgd"] = "none"
    epsilon: Annotated[float, Field(gt=0, le=64, description="largest change of a pixel, grey levels of 255")] = 4.0
    steps: Annotated[int, Field(ge=1, le=50, description="pgd: steps")] = 3
    share: Annotated[float, Field(gt=0, le=1, description="how much of the loss they are")] = 0.5


class FineTuneConfig(_Settings):
    """How pretrained layers are let go of. Only for networks with a backbone."""

    frozen: Annotated[bool, Field(description="the backbone stays as it is: feature extraction")] = False
    unfreeze_every: Annotated[
        int, Field(ge=0, description="epochs after which one more block, from the last, is let go; 0: all at once")
    ] = 0
    layer_decay: Annotated[
        float, Field(gt=0, le=1, description="what each block nearer to the picture has of the next one's rate")
    ] = 1.0


class TrainConfig(_Settings):
    """A training, whole: the same config and seed on the same machine give the same numbers."""

    data: DataConfig = DataConfig()
    net: NetConfig = NetConfig()
    loss: LossConfig = LossConfig()
    optimiser: OptimiserConfig = OptimiserConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    augment: AugmentConfig = AugmentConfig()
    adversarial: AdversarialConfig = AdversarialConfig()
    fine_tune: FineTuneConfig = FineTuneConfig()
    epochs: Annotated[int, Field(ge=1)] = 25
    batch: Annotated[int, Field(ge=1, description="pictures a step")] = 128
    seed: Annotated[int, Field(ge=0, description="of weights, order and augmentation")] = 0
    ema: Annotated[float, Field(ge=0, lt=1, description="share of the averaged weights kept each step; 0: off")] = 0.0
    early_stopping: Annotated[
        int, Field(ge=0, description="epochs without a better validation accuracy until it ends; 0: never")
    ] = 0
    class_weights: Annotated[
        Literal["none", "balanced"], Field(description="balanced: rare classes count as much as frequent ones")
    ] = "none"
    mixed_precision: Annotated[
        Literal["auto", "on", "off"], Field(description="bfloat16 where the processor has it: faster, same weights")
    ] = "auto"
    tensorboard: Annotated[bool, Field(description="write logs for TensorBoard, if it is installed")] = True
    out: Annotated[Path, Field(description="folder of runs")] = Path("runs")

    @model_validator(mode="after")
    def _frozen_weights_are_worth_keeping(self) -> Self:
        if (self.fine_tune.frozen or self.fine_tune.unfreeze_every) and self.net.weights == "none":
            raise ValueError("fine_tune keeps layers as they are: set net.weights to imagenet or a file they come from")
        return self

    @model_validator(mode="after")
    def _numbers_are_not_mixed(self) -> Self:
        if self.loss.kind == "sparse-cross-entropy":
            if self.augment.mixup or self.augment.cutmix:
                raise ValueError("mixup and cutmix mix classes: set loss.kind to cross-entropy")
            if self.loss.smoothing:
                raise ValueError("loss.smoothing needs one-hot classes: set loss.kind to cross-entropy")
        return self
