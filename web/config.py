"""Where the page is served, who may see it, and its limits."""

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import ConfigError

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8080
LEAST_TOKEN, LEAST_PASSWORD = 16, 8
"""Characters. A token is kept by a program and sent with each request; a password is typed, and guesses are slowed."""

HOW_TO_MAKE_A_TOKEN = """python3 -c "import secrets; print(secrets.token_urlsafe(24))" makes a good one"""


@dataclass(frozen=True)
class WebConfig:
    """Settings of the page; safe as they are.

    Raises:
        ConfigError: an address that others can reach without token or password, a token too short, a port that is none.
    """

    host: str = DEFAULT_HOST
    """Address to listen on; anything but the loopback demands a token or a password."""
    port: int = DEFAULT_PORT
    """0 takes a free one."""
    token: str = field(default="", repr=False)
    """For programs: `Authorization: Bearer TOKEN`; the login form takes it too."""
    password: str = field(default="", repr=False)
    """For people, at the login form."""
    names: tuple[str, ...] = ()
    """Names other than `localhost` that the page is reached by, behind a proxy or in a local network; no port."""
    https: bool = False
    """A proxy in front speaks TLS: the cookie is then marked Secure."""
    stale_s: float = 2.0
    """A picture older than this is never called live."""
    most_fps: float = 15.0
    """Pictures a second that one viewer gets at most."""
    quality: int = 75
    """Of the JPEG pictures, 1 to 100."""
    most_connections: int = 128
    """At once, of all addresses together; one address has half of them at most."""
    most_viewers: int = 32
    """Live streams at once."""
    most_body: int = 16 * 1024
    """Bytes that a request may bring."""
    session_s: float = 12 * 3600.0
    """How long a login holds."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ConfigError(f"web: there is no port {self.port}; give one from 1 to 65535, or 0 for a free one")
        if self.token and len(self.token) < LEAST_TOKEN:
            raise ConfigError(
                f"web: the token has {len(self.token)} characters, at least {LEAST_TOKEN} are needed;"
                f" {HOW_TO_MAKE_A_TOKEN}"
            )
        if self.password and len(self.password) < LEAST_PASSWORD:
            raise ConfigError(
                f"web: the password has {len(self.password)} characters, at least {LEAST_PASSWORD} are needed"
            )
        if not self.loopback and not self.guarded:
            raise ConfigError(
                f"web: others can reach {self.host or 'every address'}, so a token or a password is needed:"
                f" --token-file or --password-file ({HOW_TO_MAKE_A_TOKEN}); or stay on {DEFAULT_HOST}"
            )

    @property
    def guarded(self) -> bool:
        """Whether a token or a password is asked for."""
        return bool(self.token or self.password)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine and no other.

    >>> [is_loopback(host) for host in ("localhost", "127.3.2.1", "::1", "0.0.0.0", "localhost.example.org")]
    [True, True, True, False, False]
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`, where either may be left out.

    Raises:
        ConfigError: it is not an address.

    >>> [parse_address(text) for text in ("", "9000", "0.0.0.0", "[::1]:9000", ":80")]
    [('127.0.0.1', 8080), ('127.0.0.1', 9000), ('0.0.0.0', 8080), ('::1', 9000), ('127.0.0.1', 80)]
    """
    text = text.strip()
    if text.isdecimal():
        text = f":{text}"
    found = re.fullmatch(r"(?:\[(?P<six>[0-9a-fA-F:.%]+)\]|(?P<host>[\w.-]*))(?::(?P<port>\d{1,5}))?", text)
    if found is None:
        raise ConfigError(
            f"web: '{text}' is not HOST:PORT; give for example {DEFAULT_HOST}:{DEFAULT_PORT} or [::1]:8080"
        )
    return found["six"] or found["host"] or DEFAULT_HOST, int(found["port"] or DEFAULT_PORT)


def read_secret(path: Path) -> str:
    """A token or password from the first line of a file, so that it stands in no list of processes.

    Raises:
        ConfigError: the file cannot be read, or is empty.
    """
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}; name a text file with the token in its first line") from error
    if not lines or not lines[0].strip():
        raise ConfigError(f"{path} is empty; write the token into its first line")
    return lines[0].strip()
