"""A model whose outputs do not fit its task is refused before the first frame."""

import numpy as np
import pytest

from models.backend import Tensor
from models.fits import check_outputs
from models.shelf import find
from pipeline.errors import ModelError

Shape = tuple[int | None, ...]
YUNET: list[Shape] = [(1, count, columns) for columns in (1, 1, 4, 10) for count in (6400, 1600, 400)]
GIVES: dict[str, list[Shape]] = {
    "person-ssdlite": [(1, 1917, 4), (1, 1917, 2)],
    "coco-ssd-mobilenet-v1": [(1, 10, 4), (1, 10), (1, 10), (1,)],
    "face-blazeface-short": [(1, 896, 16), (1, 896, 1)],
    "face-yunet": YUNET,
    "face-ultralight-rfb-320": [(1, 4420, 2), (1, 4420, 4)],
    "face-res10-ssd": [(1, 1, 200, 7)],
    "face-dlib-resnet": [(1, 128)],
    "imagenet-mobilenet-v2": [(1, 1001)],
    "text-ppocr-v6-small": [(None, 1, None, None)],
    "voc-deeplab-v3": [(1, 513, 513)],
    "pose-movenet-lightning": [(1, 1, 17, 3)],
}


def tensors(shapes: list[Shape]) -> tuple[Tensor, ...]:
    return tuple(Tensor(f"output{at}", shape, np.dtype("float32")) for at, shape in enumerate(shapes))


@pytest.mark.parametrize("name", GIVES)
def test_the_outputs_of_its_task_fit_and_those_of_others_do_not(name: str) -> None:
    spec = find(name)
    check_outputs(spec, tensors(GIVES[name]))
    others = [shapes for other, shapes in GIVES.items() if other not in {name, "text-ppocr-v6-small"}]
    for shapes in (*others, GIVES[name][:-1], [*GIVES[name], (1, 1)]):
        with pytest.raises(ModelError, match=rf"^model '{name}' gives .*mend 'output'"):
            check_outputs(spec, tensors(shapes))
