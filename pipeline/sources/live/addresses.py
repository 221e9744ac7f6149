"""Addresses of streams: what is one, and what may be shown of it."""

import re

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SECRET = re.compile(r"((?:pass(?:word|wd)?|pwd|token|key|secret|auth)[^=/]*)=[^&/;]*", re.IGNORECASE)


def is_address(target: str) -> bool:
    """Whether a target is an address and not a file or camera."""
    return _SCHEME.match(target) is not None


def shown(address: str) -> str:
    """An address without what may be secret in it: user, password, query, and what a path calls a password.

    A password that holds a '/', '?' or '#' as it is makes the address wrong, and is hidden all the same.

    >>> shown("rtsp://me:secret@gate:8554/1?token=x")
    'rtsp://***@gate:8554/1'
    >>> shown("rtsp://me:sec/ret@gate/1")
    'rtsp://***@gate/1'
    >>> shown("rtsp://gate/user=me&password=secret&channel=1")
    'rtsp://gate/user=me&password=***&channel=1'
    """
    scheme, _, rest = address.partition("://")
    place = re.split(r"[/?#]", rest)[0]
    user = ""
    if "@" in rest and (":" in place or "@" in place):
        user, rest = "***@", rest.rpartition("@")[2]
    path = _SECRET.sub(r"\1=***", re.split(r"[?#]", rest)[0])
    return f"{scheme}://{user}{path}"
