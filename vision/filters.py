"""Filters of one picture, a function each: OpenCV does the work, these say what goes in and keep the shape.

Each takes `(H, W, 3) uint8` BGR or `(H, W) uint8` grey and gives a new picture of the same shape; what is decided on
brightness alone (thresholds, edges) comes back grey in every channel. Nothing is written into the picture given.
"""

from functools import lru_cache
from typing import Literal

import cv2
import numpy as np

Operation = Literal["erode", "dilate", "open", "close", "gradient", "tophat", "blackhat"]
Space = Literal["grey", "hsv", "hls", "lab", "luv", "ycrcb", "xyz", "rgb"]
OPERATIONS: dict[Operation, int] = {
    "erode": cv2.MORPH_ERODE,
    "dilate": cv2.MORPH_DILATE,
    "open": cv2.MORPH_OPEN,
    "close": cv2.MORPH_CLOSE,
    "gradient": cv2.MORPH_GRADIENT,
    "tophat": cv2.MORPH_TOPHAT,
    "blackhat": cv2.MORPH_BLACKHAT,
}
SHAPES: dict[str, int] = {"rect": cv2.MORPH_RECT, "ellipse": cv2.MORPH_ELLIPSE, "cross": cv2.MORPH_CROSS}
SPACES: dict[Space, int] = {
    "grey": cv2.COLOR_BGR2GRAY,
    "hsv": cv2.COLOR_BGR2HSV,
    "hls": cv2.COLOR_BGR2HLS,
    "lab": cv2.COLOR_BGR2LAB,
    "luv": cv2.COLOR_BGR2LUV,
    "ycrcb": cv2.COLOR_BGR2YCrCb,
    "xyz": cv2.COLOR_BGR2XYZ,
    "rgb": cv2.COLOR_BGR2RGB,
}


def grey_of(image: np.ndarray) -> np.ndarray:
    """The brightness of a picture, `(H, W) uint8`; a grey one as it is."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def shaped_like(grey: np.ndarray, image: np.ndarray) -> np.ndarray:
    """A grey picture with as many channels as `image`."""
    return grey if image.ndim == 2 else cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


# --- softer and sharper -----------------------------------------------------------------------------------------------


def box_blur(image: np.ndarray, size: int = 5) -> np.ndarray:
    """The mean of the `size` x `size` pixels around each."""
    return cv2.blur(image, (size, size))


def gaussian_blur(image: np.ndarray, size: int = 5, sigma: float = 0.0) -> np.ndarray:
    """A weighted mean, the near ones more.

    Args:
        image: The picture.
        size: Side of the window in pixels, odd; 0: taken from sigma.
        sigma: Width of the bell, pixels; 0: taken from size, as `cv2.getGaussianKernel` says.
    """
    return cv2.GaussianBlur(image, (size, size), sigma)


def median_blur(image: np.ndarray, size: int = 5) -> np.ndarray:
    """The middle value of the window: single wrong pixels go, edges stay. `size` is odd."""
    return cv2.medianBlur(image, size)


def bilateral(
    image: np.ndarray, diameter: int = 9, sigma_colour: float = 50.0, sigma_space: float = 50.0
) -> np.ndarray:
    """A mean of the pixels that are near and of a like colour (Tomasi and Manduchi 1998)."""
    return cv2.bilateralFilter(image, diameter, sigma_colour, sigma_space)


def sharpen(image: np.ndarray, amount: float = 1.0, sigma: float = 1.5) -> np.ndarray:
    """Unsharp mask: `amount` times the difference to a blurred copy (Gaussian of `sigma` pixels) is added."""
    soft = cv2.GaussianBlur(image, (0, 0), sigma)
    return cv2.addWeighted(image, 1.0 + amount, soft, -amount, 0.0)


def denoise(
    image: np.ndarray, strength: float = 5.0, colour: float = 5.0, patch: int = 7, search: int = 15
) -> np.ndarray:
    """Non-local means (Buades, Coll and Morel 2005): a mean of the patches that look alike; slow.

    Args:
        image: The picture.
        strength: Of the brightness, grey levels: about the noise's deviation.
        colour: Of the colour.
        patch: Side of what is compared, pixels, odd.
        search: Side of the area that is looked through, pixels, odd; time grows with its square.
    """
    if image.ndim == 2:
        return cv2.fastNlMeansDenoising(image, None, strength, patch, search)
    return cv2.fastNlMeansDenoisingColored(image, None, strength, colour, patch, search)


# --- black and white --------------------------------------------------------------------------------------------------


def threshold(image: np.ndarray, level: int = 128, *, invert: bool = False) -> np.ndarray:
    """White where it is brighter than `level`, else black; the other way round where `invert` is set."""
    kind = cv2.THRESH_BINARY_INV if invert else cv2.THRESH_BINARY
    return shaped_like(cv2.threshold(grey_of(image), level, 255, kind)[1], image)


def otsu(image: np.ndarray, *, invert: bool = False) -> np.ndarray:
    """Black and white at the level that parts the picture's brightness best in two (Otsu 1979)."""
    kind = cv2.THRESH_BINARY_INV if invert else cv2.THRESH_BINARY
    return shaped_like(cv2.threshold(grey_of(image), 0, 255, kind | cv2.THRESH_OTSU)[1], image)


def adaptive_threshold(image: np.ndarray, block: int = 31, offset: float = 10.0, *, invert: bool = False) -> np.ndarray:
    """White where it is brighter than its surroundings less `offset`: writing under uneven light.

    Args:
        image: The picture.
        block: Side of the surroundings, pixels, odd; their mean is weighted, the near ones more.
        offset: Grey levels.
        invert: The other way round.
    """
    kind = cv2.THRESH_BINARY_INV if invert else cv2.THRESH_BINARY
    grey = cv2.adaptiveThreshold(grey_of(image), 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, kind, block, offset)
    return shaped_like(grey, image)


# --- edges and forms --------------------------------------------------------------------------------------------------


def canny(
    image: np.ndarray, low: float = 100.0, high: float = 200.0, aperture: int = 3, *, l2: bool = False
) -> np.ndarray:
    """Edges as thin white lines (Canny 1986).

    Args:
        image: The picture.
        low: Slope from which an edge goes on, grey levels as Sobel gives them.
        high: Slope from which one begins.
        aperture: Side of the Sobel operator: 3, 5 or 7.
        l2: Slopes as a root of squares, exact, and not as a sum.
    """
    return shaped_like(cv2.Canny(grey_of(image), low, high, apertureSize=aperture, L2gradient=l2), image)


def sobel(image: np.ndarray, size: int = 3, scale: float = 1.0) -> np.ndarray:
    """How steep the brightness is: half the sum of the slopes along x and y, each without its sign."""
    grey = grey_of(image)
    along_x = cv2.convertScaleAbs(cv2.Sobel(grey, cv2.CV_16S, 1, 0, ksize=size, scale=scale))
    along_y = cv2.convertScaleAbs(cv2.Sobel(grey, cv2.CV_16S, 0, 1, ksize=size, scale=scale))
    return shaped_like(cv2.addWeighted(along_x, 0.5, along_y, 0.5, 0), image)


def laplacian(image: np.ndarray, size: int = 3, scale: float = 1.0) -> np.ndarray:
    """How much the brightness bends, without its sign: lines and specks."""
    bent = cv2.Laplacian(grey_of(image), cv2.CV_16S, ksize=size, scale=scale)
    return shaped_like(cv2.convertScaleAbs(bent), image)


def morphology(
    image: np.ndarray, operation: Operation = "open", size: int = 5, shape: str = "ellipse", iterations: int = 1
) -> np.ndarray:
    """Grow or shrink what is bright.

    Args:
        image: The picture.
        operation: erode, dilate, open (small bright things go), close (small dark ones go), gradient, tophat, blackhat.
        size: Side of the element, pixels.
        shape: Of the element: rect, ellipse or cross.
        iterations: How often.
    """
    element = _element(shape, size)
    return cv2.morphologyEx(image, OPERATIONS[operation], element, iterations=iterations)


# --- colour and light -------------------------------------------------------------------------------------------------


def colour_space(image: np.ndarray, to: Space = "hsv") -> np.ndarray:
    """The picture in another colour space, its three values in the place of blue, green and red.

    `hsv` and `hls` have hue in 0..179. `grey` has the brightness in every channel.
    """
    changed = cv2.cvtColor(image, SPACES[to])
    return shaped_like(changed, image) if changed.ndim == 2 else changed


def channel(image: np.ndarray, to: Space = "hsv", index: int = 2) -> np.ndarray:
    """One value of a colour space as a grey picture: hsv 0 is the hue, lab 0 the lightness."""
    changed = cv2.cvtColor(image, SPACES[to])
    return shaped_like(changed if changed.ndim == 2 else cv2.extractChannel(changed, index), image)


def equalise(image: np.ndarray) -> np.ndarray:
    """Spread the brightness evenly over 0..255; colours stay (Y of YCrCb)."""
    if image.ndim == 2:
        return cv2.equalizeHist(image)
    ycrcb = cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb)
    cv2.insertChannel(cv2.equalizeHist(cv2.extractChannel(ycrcb, 0)), ycrcb, 0)
    return cv2.cvtColor(ycrcb, cv2.COLOR_YCrCb2BGR)


def clahe(image: np.ndarray, clip: float = 2.0, tiles: int = 8) -> np.ndarray:
    """Equalise each part by itself, with a limit on how much noise is raised (Zuiderveld 1994); L of CIELAB.

    Args:
        image: The picture.
        clip: Limit of the contrast; 1 hardly changes anything, 40 is plain equalisation of each tile.
        tiles: Parts along each side.
    """
    spread = cv2.createCLAHE(clip, (tiles, tiles))
    if image.ndim == 2:
        return spread.apply(image)
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB)
    cv2.insertChannel(spread.apply(cv2.extractChannel(lab, 0)), lab, 0)
    return cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)


def gamma(image: np.ndarray, value: float = 1.5) -> np.ndarray:
    """Raise every level in 0..1 to 1 / `value`: above 1 the dark parts get brighter."""
    return cv2.LUT(image, _gamma_table(value))


def gains(image: np.ndarray, by: tuple[float, ...]) -> np.ndarray:
    """Each channel times its own factor, cut off at 255."""
    table = np.arange(256, dtype=np.float64)[:, None] * by  # (256, C)
    return cv2.LUT(image, np.clip(np.rint(table), 0, 255).astype(np.uint8)[None])


def white_balance(image: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """Take a cast of colour off: the mean of the picture becomes grey (Buchsbaum 1980, "grey world").

    Args:
        image: `(H, W, 3) uint8` BGR.
        strength: 1 takes all of it off, 0 nothing.
    """
    means = np.maximum(cv2.mean(image)[:3], 1.0)  # (3,)
    return gains(image, tuple((1 + strength * (means.mean() / means - 1)).tolist()))


@lru_cache(64)
def _gamma_table(value: float) -> np.ndarray:
    levels = np.arange(256) / 255.0
    table: np.ndarray = np.rint(255.0 * levels ** (1.0 / value)).astype(np.uint8)
    table.setflags(write=False)
    return table


@lru_cache(64)
def _element(shape: str, size: int) -> np.ndarray:
    element = cv2.getStructuringElement(SHAPES[shape], (size, size))
    element.setflags(write=False)
    return element
