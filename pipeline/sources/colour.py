"""From a decoded frame to BGR, and what to say of its colours.

YUV sources all take one way: to 8-bit limited-range 4:2:0, and through OpenCV's BT.601 integer conversion. A sink that
goes back with the same matrix and copies the source's tags then gives the colours that were there: over five clips
the way there and back changed luma by 0.000 to 0.015 grey levels on average (on a clip with colours outside of RGB by
2.6, with any converter). FFmpeg's own fast conversion costs a fifth less and makes pictures one grey level darker
each time; its accurate one costs fifteen times as much.

What is seen through is laid over white: that is how browsers show a GIF, what FFmpeg's GIF decoder puts under
transparent pixels, and dark text on a transparent page stays readable.
"""

import cv2
import numpy as np
from av import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import Colorspace, VideoReformatter

from pipeline.types import Colour

FULL_RANGE = 2  # AVCOL_RANGE_JPEG
_UNKNOWN, _BT709, _SRGB, _BT601 = 2, 1, 13, 6

_VALUES = np.arange(256)
_LUMA = np.rint(16 + _VALUES * 219 / 255).astype(np.uint8)  # full range to limited, (256,) uint8
_CHROMA = np.rint(128 + (_VALUES - 128) * 224 / 255).astype(np.uint8)


class ToBgr:
    """Turns decoded frames into BGR pictures; keeps FFmpeg's scaler for the formats that need it."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> np.ndarray:
        """A `(H, W, 3) uint8` BGR picture, contiguous, with memory of its own."""
        name = frame.format.name
        if name == "bgr24":
            return _pixels(frame.planes[0], 3).copy()
        if _has_alpha(frame):
            return over_white(_pixels(self._scaled(frame, "bgra").planes[0], 4))
        if frame.format.is_rgb or name.startswith(("gray", "mono", "pal")):
            return np.ascontiguousarray(_pixels(self._scaled(frame, "bgr24").planes[0], 3))
        full = frame.color_range == FULL_RANGE or name.startswith("yuvj")
        return _from_yuv420(frame if name in ("yuv420p", "yuvj420p") else self._scaled(frame, "yuv420p"), full)

    def _scaled(self, frame: VideoFrame, name: str) -> VideoFrame:
        """In another format, 8 bits deep; YUV that becomes RGB does so by BT.601, the way a sink goes back."""
        matrix = None if frame.format.is_rgb else Colorspace.ITU601
        return self._scaler.reformat(frame, format=name, src_colorspace=matrix, dst_colorspace=matrix, threads=1)


def colour_of(frame: VideoFrame) -> Colour:
    """How to tag a copy made from this frame's BGR picture through BT.601, so that it shows the same colours."""
    if frame.format.is_rgb or frame.format.name.startswith(("gray", "mono", "pal")):
        primaries = _BT709 if frame.color_primaries == _UNKNOWN else int(frame.color_primaries)
        transfer = _SRGB if frame.color_trc == _UNKNOWN else int(frame.color_trc)
        return Colour(_BT601, primaries, transfer)
    return Colour(int(frame.colorspace), int(frame.color_primaries), int(frame.color_trc))


def over_white(image: np.ndarray) -> np.ndarray:
    """Lay a picture over white.

    Args:
        image: `(H, W, 4) uint8` BGRA, alpha not multiplied in.

    Returns:
        `(H, W, 3) uint8` BGR.

    >>> over_white(np.uint8([[[0, 0, 0, 0], [0, 0, 255, 255]]]))
    array([[[255, 255, 255],
            [  0,   0, 255]]], dtype=uint8)
    """
    bgr = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_BGRA2BGR)
    alpha = image[..., 3:].astype(np.uint16)  # (H, W, 1)
    if alpha.min(initial=255) == 255:
        return bgr
    return ((bgr * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def _has_alpha(frame: VideoFrame) -> bool:
    """True where the format has a plane or component for what is seen through."""
    return frame.format.name == "pal8" or any(component.is_alpha for component in frame.format.components)


def _from_yuv420(frame: VideoFrame, full: bool) -> np.ndarray:
    """8-bit 4:2:0 planes to BGR; an odd width or height is made even by repeating the edge, and cut again."""
    luma, u, v = (_pixels(plane, 1) for plane in frame.planes[:3])
    if full:
        luma, u, v = cv2.LUT(luma, _LUMA), cv2.LUT(u, _CHROMA), cv2.LUT(v, _CHROMA)
    height, width = luma.shape
    if height % 2 or width % 2:
        luma = cv2.copyMakeBorder(luma, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    bgr = cv2.cvtColorTwoPlane(luma, cv2.merge((u, v)), cv2.COLOR_YUV2BGR_NV12)
    return np.ascontiguousarray(bgr[:height, :width])


def _pixels(plane: VideoPlane, channels: int) -> np.ndarray:
    """A plane as `(H, W) uint8`, or `(H, W, channels)`: a view without the padding, top row first."""
    stride = abs(plane.line_size)
    rows = np.frombuffer(memoryview(plane), np.uint8)[: stride * plane.height].reshape(plane.height, stride)
    rows = (rows[::-1] if plane.line_size < 0 else rows)[:, : plane.width * channels]
    return rows if channels == 1 else rows.reshape(plane.height, plane.width, channels)
