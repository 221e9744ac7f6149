"""A map of where something was for how long, laid over a picture."""

import cv2
import numpy as np

STRONGEST = 0.7
"""How much of the picture the hottest place covers."""


def blend_heat(image: np.ndarray, heat: np.ndarray) -> None:
    """Colour a picture where it is hot: the longer, the brighter; cold places stay as they are.

    The scale is logarithmic: one who stands for a minute must not hide the path that hundreds walked.

    Args:
        image: `(H, W, 3) uint8` BGR, drawn on.
        heat: `(h, w) float32`, seconds; a cell of the grid over the picture each.
    """
    if heat.max(initial=0) <= 0:
        return
    smooth = cv2.GaussianBlur(heat, (0, 0), 1.2)
    level = np.log1p(smooth) / np.log1p(smooth.max())  # (h, w) in [0, 1]
    size = image.shape[1], image.shape[0]
    large = cv2.resize((level * 255).astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)
    share = large.astype(np.float32) * np.float32(STRONGEST / 255)  # (H, W)
    cv2.blendLinear(cv2.applyColorMap(large, cv2.COLORMAP_INFERNO), image, share, 1 - share, image)
