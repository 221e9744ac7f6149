"""What stands before every request: host and origin, size of the body, who may in; and the headers of every answer."""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.auth import Auth
from web.config import WebConfig, is_loopback

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self';"
    " manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # not no-referrer: with that, browsers send "Origin: null" with a form
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
PUBLIC = frozenset({"/login", "/healthz", "/static/style.css", "/static/icon.svg"})
"""What anybody may have: what the login form needs, and whether all is well."""
BODY_S = 10.0
"""A body that takes longer is not waited for."""


def client(scope: Scope) -> str:
    """Address of who asks; nothing that the request says of itself."""
    return scope["client"][0] if scope.get("client") else ""


def host_of(header: str) -> str | None:
    """The name or address in a Host header, without its port; None where it is none.

    >>> [host_of(text) for text in ("localhost:8080", "[::1]:80", "Cam.Example.org", "a b", "")]
    ['localhost', '::1', 'cam.example.org', None, None]
    """
    if header.startswith("["):
        name, bracket, rest = header[1:].partition("]")
        good = bool(bracket) and (not rest or (rest.startswith(":") and rest[1:].isdecimal()))
        return name.lower() if good else None
    name, _, port = header.partition(":")
    good = bool(name) and (not port or port.isdecimal()) and name.replace("-", "").replace(".", "").isalnum()
    return name.lower().rstrip(".") if good else None


class Guard:
    """Wraps the application; nothing reaches it that was not let through here.

    Against DNS rebinding, where a page elsewhere has its own name point at this machine: the Host has to be one that
    only this server has. An address in figures is safe, since rebinding needs a name.
    """

    def __init__(self, app: ASGIApp, config: WebConfig, auth: Auth, cookie: str) -> None:
        self._app, self._auth, self._cookie = app, auth, cookie
        self._most_body = config.most_body
        self._addresses = not config.loopback
        names = {"localhost", *(name.lower() for name in config.names)}
        if not config.loopback:
            own = socket.gethostname().lower()
            names |= {config.host.lower(), own, f"{own.partition('.')[0]}.local"}
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        scope["authorised"] = not self._auth.needed or self._holds_cookie(headers)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    given.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope, headers)
        if refusal is None and scope["method"] not in ("GET", "HEAD"):
            read = await self._body(headers, receive)
            if isinstance(read, Response):
                refusal = read
            else:
                receive = _replay(read, receive)
        await (refusal or self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """Why a request is not let through; None where it is."""
        if not self._own_host(headers):
            return _no(
                421,
                "this name is not known here, as a guard against DNS rebinding; use the address that was printed at the"
                " start, or one in figures",
            )
        if not self._own_origin(scope, headers):
            return _no(403, "this request was made by a page from elsewhere")
        if scope["authorised"] or scope["path"] in PUBLIC:
            return None
        return self._bearer(scope, headers)

    def _own_host(self, headers: Headers) -> bool:
        hosts = headers.getlist("host")
        name = host_of(hosts[0]) if len(hosts) == 1 else None
        if name is None:
            return False
        if name in self._names or is_loopback(name):
            return True
        return self._addresses and _is_address(name)

    def _own_origin(self, scope: Scope, headers: Headers) -> bool:
        """A browser says where a request comes from; other programs say nothing, and carry no cookie by themselves."""
        origin, host = headers.get("origin"), headers.get("host", "")
        if origin is not None and origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower()):
            return False
        site = headers.get("sec-fetch-site", "none")
        follows_link = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        return site in ("same-origin", "none") or (follows_link and headers.get("sec-fetch-dest") == "document")

    def _holds_cookie(self, headers: Headers) -> bool:
        value = cookie_value(headers, self._cookie)
        return value is not None and self._auth.holds(value)

    def _bearer(self, scope: Scope, headers: Headers) -> Response | None:
        """Lets a program with the token through; sends a person to the login form."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            wait_s = self._auth.attempts.wait_s(client(scope))
            if wait_s > 0:
                return too_many(wait_s)
            if self._auth.knows_token(given.strip()):
                scope["authorised"] = True
                return None
            self._auth.attempts.wrong(client(scope))
        elif scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            return RedirectResponse("/login", 303)
        return _no(
            401, "log in first, or send the token as 'Authorization: Bearer ...'", {"WWW-Authenticate": "Bearer"}
        )

    async def _body(self, headers: Headers, receive: Receive) -> bytes | Response:
        """All of the body, or why it is not taken."""
        said = headers.get("content-length", "0")
        if not said.isdecimal() or int(said) > self._most_body:
            return _no(413, f"a request may bring {self._most_body} bytes", {"Connection": "close"})
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_S):
                while True:
                    message = await receive()
                    body.extend(message.get("body", b""))
                    if len(body) > self._most_body:
                        return _no(413, f"a request may bring {self._most_body} bytes", {"Connection": "close"})
                    if not message.get("more_body"):
                        return bytes(body)
        except TimeoutError:
            return _no(408, "the request took too long to arrive", {"Connection": "close"})


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body that was read already, and then what follows it."""
    left = [body]

    async def again() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return again


def cookie_value(headers: Headers, name: str) -> str | None:
    """Value of one cookie, None where the request has none of that name."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return None
    return found.value if found else None


def too_many(wait_s: float) -> Response:
    """The answer to one who guesses."""
    seconds = int(wait_s) + 1
    return _no(429, f"too many wrong attempts; try again in {seconds} s", {"Retry-After": str(seconds)})


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


def _no(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": message}, status, headers)
