"""Cameras by number, path and name, over folders like those of the kernel."""

from pathlib import Path

import pytest

from pipeline.errors import SourceError
from pipeline.sources.live.cameras import find_camera, list_cameras

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="cameras have names on Linux only")


@pytest.fixture
def kernel(tmp_path: Path) -> tuple[Path, Path]:
    """Two cameras: one with a second device that gives no picture, and one plugged in much later."""
    devices, names = tmp_path / "dev", tmp_path / "names"
    for number, name, index in ((0, "HD Pro Webcam C920", 0), (1, "HD Pro Webcam C920", 1), (10, "Microscope", 0)):
        (names / f"video{number}").mkdir(parents=True)
        (names / f"video{number}" / "name").write_text(f"{name}\n")
        (names / f"video{number}" / "index").write_text(f"{index}\n")
        devices.mkdir(exist_ok=True)
        (devices / f"video{number}").touch()
    return devices, names


def test_cameras_are_listed_once_each_by_number(kernel: tuple[Path, Path]) -> None:
    assert [camera.told for camera in list_cameras(*kernel)] == ["HD Pro Webcam C920", "Microscope"]


@pytest.mark.parametrize(("target", "device"), [("0", "video0"), ("10", "video10"), ("microsc", "video10")])
def test_a_camera_is_found_by_number_and_by_part_of_its_name(
    kernel: tuple[Path, Path], target: str, device: str
) -> None:
    assert find_camera(target, *kernel).target == str(kernel[0] / device)


def test_a_camera_is_found_by_its_path(kernel: tuple[Path, Path]) -> None:
    link = kernel[0] / "usb-046d-video-index0"
    link.symlink_to("video0")
    assert find_camera(str(link), *kernel).target == str(link)


def test_one_that_is_not_there_lists_those_that_are(kernel: tuple[Path, Path]) -> None:
    with pytest.raises(SourceError, match=r"no camera '4'; those here: .*video0 \(HD Pro Webcam C920\), .*video10"):
        find_camera("4", *kernel)
