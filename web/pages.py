"""The page's own files and the login form; all of them read once, nothing loaded from elsewhere."""

import asyncio
import html
from pathlib import Path
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from web.auth import Auth
from web.config import WebConfig
from web.guard import client, cookie_value, too_many

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
WRONG_S = 0.3
"""A wrong answer is told no sooner."""


class Pages:
    """Serves the page.

    Args:
        config: For the cookie.
        auth: Says who may in.
        cookie: Name of the cookie; it holds the port, since browsers share cookies between ports.
    """

    def __init__(self, config: WebConfig, auth: Auth, cookie: str) -> None:
        self._config, self._auth, self._cookie = config, auth, cookie
        self._files = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in TYPES}

    def routes(self) -> list[Route]:
        """Every address it answers to."""
        return [
            Route("/", self.index),
            Route("/api", self.api),
            Route("/static/{name}", self.static),
            Route("/login", self.login, methods=["GET"]),
            Route("/login", self.log_in, methods=["POST"]),
            Route("/logout", self.log_out, methods=["POST"]),
        ]

    async def index(self, _: Request) -> Response:
        """The page; it is told whether there is a login to leave."""
        page = self._files["index.html"].replace(b"<!--guarded-->", b"" if self._auth.needed else b"hidden")
        return Response(page, headers={"Content-Type": TYPES[".html"]})

    async def api(self, _: Request) -> Response:
        """What there is to ask, for people."""
        return Response(self._files["api.html"], headers={"Content-Type": TYPES[".html"]})

    async def static(self, request: Request) -> Response:
        """A file of the page."""
        name = request.path_params["name"]
        if name not in self._files or name.endswith(".html"):
            return JSONResponse({"error": "there is no such file"}, 404)
        headers = {"Content-Type": TYPES[Path(name).suffix], "Cache-Control": "no-cache"}
        return Response(self._files[name], headers=headers)

    async def login(self, request: Request) -> Response:
        """The form, or the page for one who is let in already."""
        return RedirectResponse("/", 303) if request.scope.get("authorised") else self._form("")

    async def log_in(self, request: Request) -> Response:
        """Takes the form; right: a cookie and the page; wrong: the form again, a little later."""
        address = client(request.scope)
        wait_s = self._auth.attempts.wait_s(address)
        if wait_s > 0:
            told = too_many(wait_s)
            return self._form(f"Too many wrong attempts. Try again in {told.headers['retry-after']} s.", 429)
        given = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=4).get("secret", [""])[0]
        if not self._auth.knows(given):
            self._auth.attempts.wrong(address)
            await asyncio.sleep(WRONG_S)
            return self._form("That is not the token or password.", 401)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            self._cookie,
            self._auth.login(),
            max_age=int(self._config.session_s),
            httponly=True,
            samesite="strict",
            secure=self._config.https,
        )
        return answer

    async def log_out(self, request: Request) -> Response:
        """The login ends, on this machine too."""
        self._auth.logout(cookie_value(request.headers, self._cookie) or "")
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(self._cookie, httponly=True, samesite="strict", secure=self._config.https)
        return answer

    def _form(self, message: str, status: int = 200) -> Response:
        page = self._files["login.html"].replace(b"<!--message-->", html.escape(message).encode())
        return Response(page, status, {"Content-Type": TYPES[".html"]})
