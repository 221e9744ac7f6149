"""Who may in: a token or password compared in constant time, logins remembered by a cookie, guesses slowed down."""

import hmac
import ipaddress
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from hashlib import sha256

from web.config import WebConfig

ATTEMPTS, ATTEMPTS_OF_ALL, WINDOW_S = 10, 100, 60.0
"""Wrong answers in a window of time: from one address, and from all together."""
MOST_SESSIONS, MOST_ADDRESSES = 256, 1024


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


class Attempts:
    """Counts wrong answers by address, in memory that does not grow.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._of: OrderedDict[str, deque[float]] = OrderedDict()
        self._all: deque[float] = deque()

    def wait_s(self, address: str) -> float:
        """Seconds until this address may try again; 0: now."""
        with self._lock:
            now = self._clock()
            own = self._of.get(_network(address), deque())
            return max(_wait(own, ATTEMPTS, now), _wait(self._all, ATTEMPTS_OF_ALL, now))

    def wrong(self, address: str) -> None:
        """This address gave a wrong answer."""
        with self._lock:
            now = self._clock()
            own = self._of.setdefault(_network(address), deque(maxlen=ATTEMPTS))
            self._of.move_to_end(_network(address))
            own.append(now)
            self._all.append(now)
            while len(self._all) > ATTEMPTS_OF_ALL:
                self._all.popleft()
            while len(self._of) > MOST_ADDRESSES:
                self._of.popitem(last=False)


def _wait(times: deque[float], most: int, now: float) -> float:
    """Until the oldest of the last `most` falls out of the window."""
    return max(0.0, times[-most] + WINDOW_S - now) if len(times) >= most else 0.0


def _network(address: str) -> str:
    """What counts as one guesser: an IPv4 address, a /64 of IPv6.

    >>> _network("192.0.2.7"), _network("2001:db8::1:2")
    ('192.0.2.7', '2001:db8::/64')
    """
    try:
        if ipaddress.ip_address(address).version == 6:
            return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address
    return address


class Auth:
    """Checks tokens, passwords and cookies.

    Args:
        config: Token, password and how long a login holds.
        clock: Seconds that only go forward.
    """

    def __init__(self, config: WebConfig, clock: Callable[[], float] = time.monotonic) -> None:
        self.attempts = Attempts(clock)
        self._clock = clock
        self._session_s = config.session_s
        self._token = _digest(config.token) if config.token else None
        self._password = _digest(config.password) if config.password else None
        self._lock = threading.Lock()
        self._sessions: OrderedDict[bytes, float] = OrderedDict()
        """Digest of each cookie, and when it ends: a copy of this memory lets nobody in."""

    @property
    def needed(self) -> bool:
        """Whether anybody has to say who they are."""
        return self._token is not None or self._password is not None

    def knows_token(self, given: str) -> bool:
        """Whether it is the token, in a time that does not depend on how much of it is right."""
        return self._token is not None and hmac.compare_digest(_digest(given), self._token)

    def knows(self, given: str) -> bool:
        """Whether it is the token or the password, in a time that depends on neither."""
        found = [hmac.compare_digest(_digest(given), secret) for secret in (self._token, self._password) if secret]
        return any(found)

    def login(self) -> str:
        """A new cookie's value."""
        value = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[_digest(value)] = self._clock() + self._session_s
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return value

    def logout(self, value: str) -> None:
        """The cookie lets nobody in any more."""
        with self._lock:
            self._sessions.pop(_digest(value), None)

    def holds(self, value: str) -> bool:
        """Whether a cookie's value is of a login that still holds."""
        with self._lock:
            return self._sessions.get(_digest(value), 0.0) > self._clock()
