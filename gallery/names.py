"""What may be a person's name, and when two names are one."""

import unicodedata

from pipeline.errors import ConfigError

LONGEST = 100
"""Characters."""


def checked_name(name: str) -> str:
    """A name as it is stored: one form of each accent, single spaces.

    Raises:
        ConfigError: it is empty, too long, or has what no folder or line of text can hold.

    >>> checked_name("  Ada   Lovelace ")
    'Ada Lovelace'
    """
    shown = name if len(name) <= 40 else f"{name[:40]}..."
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidy:
        raise ConfigError("a name is empty; give the person one")
    if len(tidy) > LONGEST:
        raise ConfigError(f"name {shown!r} has {len(tidy)} characters; use at most {LONGEST}")
    odd = sorted({char for char in tidy if char in "/\\" or unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn")})
    if odd:
        raise ConfigError(f"name {shown!r} has {odd[0]!r}, which cannot be in a name; leave it out")
    if tidy.startswith((".", "-")):
        raise ConfigError(f"name {shown!r} begins with {tidy[0]!r}; begin it with a letter")
    return tidy


def key_of(name: str) -> str:
    """What names are compared by: 'ADA' is 'ada'.

    >>> key_of("Zoë") == key_of("ZOE\\u0308")
    True
    """
    return unicodedata.normalize("NFC", checked_name(name).casefold())
