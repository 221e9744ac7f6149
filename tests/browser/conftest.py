"""A real browser looks at a real server: Debian's Chromium, driven by Playwright; skipped where either is absent."""

import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from views import Serve, serving
from web.server import Server

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser. It ends with a file of tests, since its driver keeps an event loop running in this thread."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is absent: requirements-browser.txt")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        # in a container there is often no sandbox to be had, and the pages shown are our own
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """See `views.serving`."""
    before = set(threading.enumerate())
    with serving() as start:
        yield start
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("web")]


@pytest.fixture
def show(chromium: Any) -> Iterator[Open]:
    """`show(server, path="/", **context)` opens a page, which has to stay free of errors until the end."""
    contexts: list[Any] = []
    errors: list[str] = []

    def note(message: Any) -> None:
        # a server that goes away, or a login that is refused, is told in the console by the browser itself
        if message.type == "error" and "Failed to load resource" not in message.text:
            errors.append(message.text)

    def go(server: Server, path: str = "/", **options: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server.address.rstrip("/") + path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert errors == []
