"""Cameras of this machine, by index, path or name."""

import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import SourceError

DEVICES, NAMES = Path("/dev"), Path("/sys/class/video4linux")


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera, by what stays the same when others are plugged in."""

    target: str | int
    """What OpenCV opens."""
    told: str
    """For people."""


def is_camera(target: str) -> bool:
    """Whether a target can only be meant as a camera."""
    return target.isdecimal() or target.startswith(str(DEVICES) + "/")


def find_camera(target: str, devices: Path = DEVICES, names: Path = NAMES) -> Camera:
    """The camera that is meant.

    Args:
        target: `0`, `/dev/video0`, `/dev/v4l/by-id/...`, or part of its name, in any case.
        devices: Where devices are.
        names: Where the kernel tells their names.

    Raises:
        SourceError: there is none; the message lists those that are.
    """
    if sys.platform != "linux":
        if target.isdecimal():
            return Camera(int(target), f"camera {target}")
        raise SourceError(f"no camera '{target}': on this system cameras go by number; try 0")
    there = list_cameras(devices, names)
    path = devices / f"video{target}" if target.isdecimal() else Path(target)
    if path.is_absolute():
        if path.exists():
            return Camera(str(path), f"camera {path.name}")
    else:
        found = [camera for camera in there if target.lower() in camera.told.lower()]
        if found:
            return found[0]
    listed = ", ".join(f"{camera.target} ({camera.told})" for camera in there) or "none"
    raise SourceError(f"no camera '{target}'; those here: {listed}. A stream is given by its address: rtsp://...")


def list_cameras(devices: Path = DEVICES, names: Path = NAMES) -> list[Camera]:
    """The cameras that are plugged in, by number; of one with several devices the first, the others give no picture."""
    devices_in_order = sorted(devices.glob("video[0-9]*"), key=lambda device: (len(device.name), device.name))
    return [
        Camera(str(device), _told(names / device.name / "name", device.name))
        for device in devices_in_order
        if _told(names / device.name / "index", "0") == "0"
    ]


def _told(file: Path, otherwise: str) -> str:
    """What the kernel says in a file of one line."""
    return file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else otherwise
