"""Colours that people can tell apart, those with a colour vision deficiency too."""

Bgr = tuple[int, int, int]

# Okabe and Ito, "Color Universal Design" (2008), less black; here in BGR, in the order whose neighbours differ most for
# people with protan, deutan or tritan vision: by 25 of CIE's units at least, where 2.3 is just noticeable.
OKABE_ITO: tuple[Bgr, ...] = (
    (0, 159, 230),  # orange
    (178, 114, 0),  # blue
    (233, 180, 86),  # sky blue
    (66, 228, 240),  # yellow
    (167, 121, 204),  # reddish purple
    (0, 94, 213),  # vermillion
    (115, 158, 0),  # bluish green
)
BLACK: Bgr = (0, 0, 0)
WHITE: Bgr = (255, 255, 255)


def colour_of(number: int) -> Bgr:
    """The colour of a track id or class: always the same one, neighbours differ.

    >>> colour_of(1) == colour_of(8), colour_of(1) == colour_of(2)
    (True, False)
    """
    return OKABE_ITO[number % len(OKABE_ITO)]


def luminance(colour: Bgr) -> float:
    """Relative luminance in [0, 1] (WCAG 2.2, "relative luminance")."""
    linear = [(part / 255 / 12.92) if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.0722 * linear[0] + 0.7152 * linear[1] + 0.2126 * linear[2]


def ink_on(colour: Bgr) -> Bgr:
    """Black or white, whichever has more contrast on a ground of this colour.

    >>> ink_on((66, 228, 240)), ink_on((178, 114, 0))
    ((0, 0, 0), (255, 255, 255))
    """
    light = luminance(colour)
    return BLACK if (light + 0.05) / 0.05 > 1.05 / (light + 0.05) else WHITE
