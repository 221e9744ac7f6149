"""What programs do to pictures: contrast, warping, enlarging, compression."""

import cv2
import numpy as np


def contrast(image: np.ndarray, kept: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """So much of each pixel's distance from the mean of its channel is kept."""
    mean = image.mean(axis=(0, 1), keepdims=True)
    return np.asarray((image - mean) * np.float32(kept) + mean)


def elastic(image: np.ndarray, reach: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """Stretched and squeezed here and there, by so many pixels at most (Simard et al. 2003, section 2)."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    drawn = chance.random((height, width, 2), np.float32) * 2 - 1
    smooth = cv2.GaussianBlur(drawn, (0, 0), max(1.0, min(height, width) / 12))
    moved = smooth * np.float32(reach * unit / max(float(np.abs(smooth).max()), 1e-6))
    return cv2.remap(image, x + moved[..., 0], y + moved[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def pixelate(image: np.ndarray, share: float, unit: float, chance: np.random.Generator) -> np.ndarray:
    """Made smaller, to so large a share of its side, and large again in squares."""
    height, width = image.shape[:2]
    small = (max(1, round(width * share)), max(1, round(height * share)))
    reduced = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(reduced, (width, height), interpolation=cv2.INTER_NEAREST)


def jpeg(image: np.ndarray, quality: int, unit: float, chance: np.random.Generator) -> np.ndarray:
    """Saved as JPEG of such a quality, 0 to 100."""
    grey = image.shape[2] == 1
    plain = np.rint(image * 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", plain if grey else plain[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    again = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR)
    assert again is not None, "what OpenCV has just encoded it decodes"
    return (again if grey else again[..., ::-1]).astype(np.float32) / 255
