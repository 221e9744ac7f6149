"""How sure a share is that was counted on so many pictures."""

from math import sqrt

Z_95 = 1.959963984540054
"""Standard deviations on either side that hold 95 % of a normal distribution."""


def wilson(right: int, of: int) -> tuple[float, float]:
    """Lowest and highest share that 95 % confidence leaves (Wilson 1927, "Probable Inference").

    Unlike the usual plus and minus, it stays in [0, 1] and is true for few pictures and for shares near 1.

    Args:
        right: How many were.
        of: So many, 0 and more.

    >>> [round(end, 3) for end in wilson(9, 10)]
    [0.596, 0.982]
    """
    if not of:
        return 0.0, 1.0
    share, square = right / of, Z_95**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z_95 / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of**2))
    # Rounding may leave the ends just inside the share itself where all or none are right.
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))
