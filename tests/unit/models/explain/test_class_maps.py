from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from planted import planted

from models.explain.class_maps import grad_cam, grad_cam_plus_plus

MAPS = np.array([[[[1, 0], [0, 2]], [[0, 0], [3, 0]]]], np.float32)  # (1, 2, 2, 2)
SLOPES = np.array([[[[4, -1], [0, -1]], [[0, -1], [0, -1]]]], np.float32)
ONE = np.array([0])


def _with(maps: np.ndarray, slopes: np.ndarray) -> Any:
    return SimpleNamespace(gradients=lambda batch, classes, layer: (maps, slopes, np.zeros(len(maps))))


def test_grad_cam_weights_each_map_by_its_mean_slope_and_leaves_out_what_speaks_against() -> None:
    found = grad_cam(_with(MAPS, SLOPES), np.zeros((1, 4, 4, 1)), ONE, "any")
    assert found.tolist() == [[[1, 0], [0, 3]]]  # weights 1 and -1; the 2 of the second map speaks against it


def test_grad_cam_plus_plus_is_equation_19_of_the_paper() -> None:
    found = grad_cam_plus_plus(_with(MAPS, SLOPES), np.zeros((1, 4, 4, 1)), ONE, "any")
    gain, total = 4.0, 1.0 + 3.0
    share = gain**2 / (2 * gain**2 + total * gain**3)
    assert np.allclose(found, share * gain * np.array([[[1, 0], [0, 3]]]))


def test_a_class_that_nothing_speaks_for_has_an_empty_map() -> None:
    for method in (grad_cam, grad_cam_plus_plus):
        assert method(_with(MAPS, -np.abs(SLOPES)), np.zeros((1, 4, 4, 1)), ONE, "any").max() == 0


def test_grad_cam_is_cam_where_both_can_be_had(pooled: Any) -> None:
    """Selvaraju et al. 2017, appendix A: they differ by a number for each picture."""
    pytest.importorskip("keras")
    from models.explain.class_maps import cam

    images, classes, _ = planted(12, seed=5)
    one, two = cam(pooled, images, classes), grad_cam(pooled, images, classes, "conv3")
    for left, right in zip(one, two, strict=True):
        assert np.allclose(left / max(left.max(), 1e-9), right / max(right.max(), 1e-9), atol=1e-4)
