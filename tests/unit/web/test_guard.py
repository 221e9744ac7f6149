import socket
from collections.abc import Callable

import pytest

from asking import Answer, ask, log_in, tell
from views import FakeView
from web.auth import ATTEMPTS
from web.server import Server

TOKEN = "a-token-of-24-characters"
PATHS = [
    "/",
    "/api/status",
    "/api/openapi.json",
    "/metrics",
    "/api/stream?source=0",
    "/api/sources/0/snapshot",
    "/nothing",
]


def cookie_of(answer: Answer) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


@pytest.mark.parametrize("path", PATHS)
def test_without_token_or_cookie_nothing_is_shown(locked: Server, path: str) -> None:
    told = ask(locked, path)
    assert told.status == 401
    assert told.headers["www-authenticate"] == "Bearer"
    assert b"gate" not in told.body


def test_a_person_is_sent_to_the_login_form(locked: Server) -> None:
    told = ask(locked, "/", Accept="text/html,*/*")
    assert (told.status, told.headers["location"]) == (303, "/login")
    assert b"Token or password" in ask(locked, "/login").body


def test_a_program_with_the_token_is_let_in_and_with_another_is_not(locked: Server) -> None:
    assert ask(locked, "/api/status", Authorization=f"Bearer {TOKEN}").status == 200
    assert ask(locked, "/api/status", Authorization=f"Bearer {TOKEN}x").status == 401


@pytest.mark.parametrize("path", [f"/api/status?token={TOKEN}", f"/login?secret={TOKEN}", f"/?access_token={TOKEN}"])
def test_a_token_in_the_address_is_worth_nothing(locked: Server, path: str) -> None:
    told = ask(locked, path)
    assert "set-cookie" not in told.headers
    assert b"gate" not in told.body


def test_a_login_gives_a_cookie_that_scripts_and_other_sites_cannot_use(serve: Callable[..., Server]) -> None:
    server = serve(password="open sesame")
    told = log_in(server, "open+sesame")
    assert (told.status, told.headers["location"]) == (303, "/")
    assert "HttpOnly" in told.headers["set-cookie"]
    assert "SameSite=strict" in told.headers["set-cookie"]
    assert "sesame" not in told.headers["set-cookie"]
    assert ask(server, "/api/status", Cookie=cookie_of(told)).status == 200


def test_behind_tls_the_cookie_is_sent_over_tls_alone(serve: Callable[..., Server]) -> None:
    assert "Secure" in log_in(serve(token=TOKEN, https=True), TOKEN).headers["set-cookie"]


def test_a_logout_ends_the_login_on_the_server(serve: Callable[..., Server]) -> None:
    server = serve(token=TOKEN)
    cookie = cookie_of(log_in(server, TOKEN))
    assert ask(server, "/logout", "POST", Cookie=cookie).status == 303
    assert ask(server, "/api/status", Cookie=cookie).status == 401


def test_two_servers_of_one_machine_do_not_overwrite_each_other_s_cookie(serve: Callable[..., Server]) -> None:
    names = {cookie_of(log_in(serve(token=TOKEN), TOKEN)).partition("=")[0] for _ in range(2)}
    assert len(names) == 2


def test_who_guesses_is_told_to_wait_even_with_the_right_answer(serve: Callable[..., Server]) -> None:
    server = serve(token=TOKEN)
    for _ in range(ATTEMPTS):
        assert ask(server, "/metrics", Authorization="Bearer guess").status == 401
    assert ask(server, "/metrics", Authorization=f"Bearer {TOKEN}").status == 429
    told = log_in(server, TOKEN)
    assert told.status == 429
    assert b"Too many wrong attempts" in told.body


def test_no_header_makes_a_guesser_look_like_another(serve: Callable[..., Server]) -> None:
    server = serve(token=TOKEN)
    for number in range(ATTEMPTS):
        ask(server, "/metrics", Authorization="Bearer guess", X_Forwarded_For=f"192.0.2.{number}")
    assert ask(server, "/metrics", Authorization="Bearer guess", X_Forwarded_For="192.0.2.99").status == 429


def test_a_wrong_login_shows_the_form_again_and_not_what_was_typed(serve: Callable[..., Server]) -> None:
    told = log_in(serve(token=TOKEN), "%3Cscript%3Eguess")
    assert told.status == 401
    assert b"That is not the token or password." in told.body
    assert b"guess" not in told.body


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:8080", "LOCALHOST:80"])
def test_the_loopback_is_known_by_its_names_at_any_port(open_door: Server, host: str) -> None:
    assert ask(open_door, "/api/status", Host=host).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example.org", "localhost.evil.org", "127.0.0.1.evil.org", "192.0.2.1", "", "a b"]
)
def test_a_name_that_is_not_ours_is_refused_against_dns_rebinding(open_door: Server, host: str) -> None:
    told = ask(open_door, "/api/status", Host=host)
    assert told.status in (400, 421)
    assert b"gate" not in told.body


def test_a_request_without_host_or_with_two_is_refused(open_door: Server) -> None:
    assert b"421" in raw(open_door, b"GET /api/status HTTP/1.0\r\n\r\n")
    assert b"200" not in raw(open_door, b"GET /api/status HTTP/1.1\r\nHost: localhost\r\nHost: evil.org\r\n\r\n")


def raw(server: Server, request: bytes) -> bytes:
    """First line of the answer to what no proper client sends."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(request)
        return connection.makefile("rb").readline()


def test_an_address_that_others_reach_is_known_by_figures_and_by_the_names_given(serve: Callable[..., Server]) -> None:
    server = serve(host="0.0.0.0", token=TOKEN, names=("cams.example.org",))
    ok = {"Authorization": f"Bearer {TOKEN}"}
    assert ask(server, "/api/status", Host="192.0.2.7:8080", **ok).status == 200
    assert ask(server, "/api/status", Host="cams.example.org", **ok).status == 200
    assert ask(server, "/api/status", Host="evil.example.org", **ok).status == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example.org"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_page_from_elsewhere_can_neither_change_nor_show_anything(
    serve: Callable[..., Server], headers: dict[str, str]
) -> None:
    view = FakeView()
    server = serve(view)
    assert tell(server, "/api/sources/0/record", {"on": True}, **headers).status == 403
    assert ask(server, "/api/sources/0/picture.jpg", **headers).status == 403
    assert view.asked == []


def test_a_link_from_elsewhere_opens_the_page(open_door: Server) -> None:
    headers = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert ask(open_door, "/", **headers).status == 200
    assert ask(open_door, "/", **{**headers, "Sec_Fetch_Dest": "iframe"}).status == 403


def test_the_page_s_own_requests_are_let_through(serve: Callable[..., Server]) -> None:
    server = serve(FakeView())
    own = f"http://127.0.0.1:{server.port}"
    assert tell(server, "/api/sources/0/record", {"on": True}, Origin=own, Sec_Fetch_Site="same-origin").status == 200


def test_a_form_of_a_page_elsewhere_cannot_pass_for_json(serve: Callable[..., Server]) -> None:
    view = FakeView()
    told = ask(serve(view), "/api/sources/0/record", "POST", '{"on": true}', Content_Type="text/plain")
    assert (told.status, view.asked) == (415, [])


@pytest.mark.parametrize("path", ["/", "/api", "/login", "/healthz", "/api/status", "/nothing", "/static/style.css"])
def test_every_answer_says_what_a_browser_may_do_with_it(open_door: Server, path: str) -> None:
    headers = ask(open_door, path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers


def test_a_refusal_has_the_same_headers(locked: Server) -> None:
    assert "content-security-policy" in ask(locked, "/api/status").headers


@pytest.mark.parametrize("body", [b"x" * 20_000, b'{"on": true, "more": "' + b"x" * 16_384 + b'"}'])
def test_a_body_too_large_is_not_read(open_door: Server, body: bytes) -> None:
    told = ask(open_door, "/api/sources/0/record", "POST", body, Content_Type="application/json")
    assert told.status == 413


def test_a_body_without_a_length_is_counted_as_it_comes(open_door: Server) -> None:
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    head = b"POST /api/sources/0/record HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b"413" in raw(open_door, head + chunk * 5)


def test_a_body_announced_too_large_is_not_waited_for(open_door: Server) -> None:
    head = b"POST /api/sources/0/record HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"
    assert b"413" in raw(open_door, head)


def test_headers_without_end_are_refused(open_door: Server) -> None:
    assert b"400" in raw(open_door, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20_000)


def test_whether_all_is_well_is_told_to_anybody_and_what_is_not_to_no_stranger(serve: Callable[..., Server]) -> None:
    view = FakeView("gate of mine")
    view.state = "lost"
    told = ask(serve(view, token=TOKEN), "/healthz")
    assert (told.status, told.data) == (503, {"ok": False})
