from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from web.config import WebConfig, parse_address, read_secret


def test_only_this_machine_can_reach_the_page_unless_told_otherwise() -> None:
    assert WebConfig().loopback
    assert not WebConfig().guarded


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "camera.example.org", ""])
def test_any_other_address_demands_a_token_or_a_password(host: str) -> None:
    with pytest.raises(ConfigError, match="a token or a password is needed"):
        WebConfig(host=host)
    assert WebConfig(host=host, password="open sesame").guarded


def test_a_token_too_short_is_refused_without_being_told() -> None:
    with pytest.raises(ConfigError, match="the token has 9 characters, at least 16 are needed") as told:
        WebConfig(token="swordfish")
    assert "swordfish" not in str(told.value)


def test_a_password_too_short_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least 8"):
        WebConfig(password="sesame")


def test_the_settings_never_show_a_secret() -> None:
    assert "sesame" not in repr(WebConfig(token="sesame sesame sesame", password="open sesame"))


@pytest.mark.parametrize("text", ["a b:80", "host:port", "::1", "[::1", "host:123456", "http://host:80/"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is not HOST:PORT"):
        parse_address(text)


def test_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="no port 70000"):
        WebConfig(port=70000)


def test_a_secret_is_the_first_line_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("0123456789abcdef\n")
    assert read_secret(tmp_path / "token") == "0123456789abcdef"


def test_a_file_without_a_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    with pytest.raises(ConfigError, match="is empty"):
        read_secret(tmp_path / "token")
    with pytest.raises(ConfigError, match="cannot read"):
        read_secret(tmp_path / "none")
