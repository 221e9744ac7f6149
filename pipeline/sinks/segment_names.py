"""What a recorded segment is called: when it begins, in UTC, which source it is of, and what happened in it.

`20260704T091502.250Z_gate.mp4`, `20260704T091502.250Z_gate_person.mp4`: sorted by name is sorted by time, no character
that a file system or a shell minds, and nothing of an address that could be a password.
"""

import re
from datetime import UTC, datetime
from pathlib import PurePath

SUFFIX = ".mp4"
_OURS = re.compile(r"(\d{8}T\d{6}\.\d{3}Z)_[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)?(?P<part>\.part)?\.mp4")
_LONGEST = 48


def slug(text: str, otherwise: str) -> str:
    """A word of letters, digits and dashes.

    >>> slug("Hard hat!", "event"), slug("人", "event")
    ('Hard-hat', 'event')
    """
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:_LONGEST].rstrip("-") or otherwise


def source_slug(name: str) -> str:
    """A source's name as a word, without what in an address may be secret: user, password, query, fragment.

    >>> source_slug("rtsp://admin:secret@10.0.0.5:554/Streaming/101?token=abc")
    '10-0-0-5-554-Streaming-101'
    >>> source_slug("/dev/video0"), source_slug("walk.mp4"), source_slug("0")
    ('video0', 'walk', '0')
    """
    scheme, is_address, rest = name.partition("://")
    if not is_address:
        path = PurePath(scheme)
        return slug(path.stem if path.suffix else path.name, "source")
    rest = re.split(r"[?#;]", rest)[0]
    authority, _, path_text = rest.rpartition("@")[2].partition("/")
    return slug(f"{authority}-{path_text}", "source")


def segment_name(utc_s: float, source: str, event: str | None = None) -> str:
    """The file name.

    Args:
        utc_s: seconds since 1970 at which it begins.
        source: as `source_slug` gives it.
        event: as `slug` gives it.

    >>> segment_name(1783156502.25, "gate", "person")
    '20260704T091502.250Z_gate_person.mp4'
    """
    moment = datetime.fromtimestamp(round(utc_s, 3), UTC)
    stamp = f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}Z"
    return "_".join([stamp, source, *([event] if event else [])]) + SUFFIX


def begun_at(name: str) -> float | None:
    """When a segment begins, seconds since 1970, by its name; None where the name is none of ours.

    >>> begun_at("20260704T091502.250Z_gate_person.mp4"), begun_at("holiday.mp4")
    (1783156502.25, None)
    """
    match = _OURS.fullmatch(name)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def is_growing(name: str) -> bool:
    """Whether it is the name of a segment that is being written, or was when the machine went down."""
    match = _OURS.fullmatch(name)
    return match is not None and match["part"] is not None
