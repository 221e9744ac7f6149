from web.auth import ATTEMPTS, ATTEMPTS_OF_ALL, MOST_ADDRESSES, MOST_SESSIONS, WINDOW_S, Attempts, Auth
from web.config import WebConfig

TOKEN = "a-token-of-24-characters"


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_the_token_and_the_password_are_known_and_nothing_else() -> None:
    auth = Auth(WebConfig(token=TOKEN, password="open sesame"))
    assert auth.knows(TOKEN)
    assert auth.knows("open sesame")
    assert not any(map(auth.knows, ["", TOKEN[:-1], f"{TOKEN} ", "Open Sesame", "öpen"]))


def test_a_password_is_not_a_token() -> None:
    auth = Auth(WebConfig(password="open sesame"))
    assert auth.needed
    assert not auth.knows_token("open sesame")
    assert not auth.knows_token("")


def test_without_secrets_nobody_is_asked_and_an_empty_answer_is_still_wrong() -> None:
    auth = Auth(WebConfig())
    assert not auth.needed
    assert not auth.knows("")


def test_a_login_holds_for_its_time_and_no_longer() -> None:
    clock = Clock()
    auth = Auth(WebConfig(token=TOKEN, session_s=60), clock)
    cookie = auth.login()
    clock.now_s += 59
    assert auth.holds(cookie)
    clock.now_s += 2
    assert not auth.holds(cookie)


def test_a_logout_ends_one_login_and_no_other() -> None:
    auth = Auth(WebConfig(token=TOKEN))
    mine, yours = auth.login(), auth.login()
    auth.logout(mine)
    assert not auth.holds(mine)
    assert auth.holds(yours)


def test_logins_do_not_fill_the_memory() -> None:
    auth = Auth(WebConfig(token=TOKEN))
    cookies = [auth.login() for _ in range(MOST_SESSIONS + 1)]
    assert [auth.holds(cookie) for cookie in cookies] == [False] + [True] * MOST_SESSIONS


def test_one_who_guesses_has_to_wait_and_others_have_not() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(ATTEMPTS):
        assert attempts.wait_s("192.0.2.1") == 0
        attempts.wrong("192.0.2.1")
    assert attempts.wait_s("192.0.2.1") == WINDOW_S
    assert attempts.wait_s("192.0.2.2") == 0
    clock.now_s += WINDOW_S
    assert attempts.wait_s("192.0.2.1") == 0


def test_the_addresses_of_one_network_guess_together_in_ipv6() -> None:
    attempts = Attempts(Clock())
    for host in range(ATTEMPTS):
        attempts.wrong(f"2001:db8::{host + 1:x}")
    assert attempts.wait_s("2001:db8::ffff") > 0


def test_many_who_guess_a_little_each_are_slowed_together() -> None:
    attempts = Attempts(Clock())
    for host in range(ATTEMPTS_OF_ALL):
        attempts.wrong(f"192.0.2.{host}")
    assert attempts.wait_s("198.51.100.1") > 0


def test_guesses_do_not_fill_the_memory() -> None:
    attempts = Attempts(Clock())
    for number in range(2 * MOST_ADDRESSES):
        attempts.wrong(f"10.0.{number // 256}.{number % 256}")
    assert len(attempts._of) == MOST_ADDRESSES
    assert len(attempts._all) == ATTEMPTS_OF_ALL
