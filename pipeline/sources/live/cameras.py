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


def find_camera(target: str) -> Camera:
    """The camera that is meant.

    Args:
        target: `0`, `/dev/video0`, `/dev/v4l/by-id/...`, or part of its name, in any case.

    Raises:
        SourceError: there is none; the message lists those that are.
    """
    if sys.platform != "linux":
        if target.isdecimal():
            return Camera(int(target), f"camera {target}")
        raise SourceError(f"no camera '{target}': on this system cameras go by number; try 0")
    there = list_cameras()
    path = DEVICES / f"video{target}" if target.isdecimal() else Path(target)
    if path.is_absolute():
        if path.exists():
            return Camera(str(path), f"camera {path.name}")
    else:
        found = [camera for camera in there if target.lower() in camera.told.lower()]
        if found:
            return found[0]
    names = ", ".join(f"{camera.target} ({camera.told})" for camera in there) or "none"
    raise SourceError(f"no camera '{target}'; those here: {names}. A stream is given by its address: rtsp://...")


def list_cameras() -> list[Camera]:
    """The cameras that are plugged in."""
    found = []
    for device in sorted(DEVICES.glob("video*")):
        label = NAMES / device.name / "name"
        name = label.read_text(encoding="utf-8").strip() if label.is_file() else device.name
        found.append(Camera(str(device), name))
    return found
