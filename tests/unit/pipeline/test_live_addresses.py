"""What is shown of an address, how a server's question for a password is answered, and why there is no picture."""

import hashlib
import re
import socket
import threading
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.live.addresses import is_address, shown
from pipeline.sources.live.asking import why_no_picture
from pipeline.sources.live.credentials import Credentials

SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12).map("pa55{}pa55".format)


@given(SECRETS, st.sampled_from(["rtsp", "http"]), st.sampled_from(["/1", "", "/a/b?c=d", "/x#y"]))
def test_no_password_is_shown_whatever_is_in_it(password: str, scheme: str, path: str) -> None:
    assert "pa55" not in shown(f"{scheme}://me:{password}@gate{path}")


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("http://gate:8080/video", "http://gate:8080/video"),
        ("http://gate/@someone/live.m3u8?token=x", "http://gate/@someone/live.m3u8"),
        ("rtsp://me@gate/1", "rtsp://***@gate/1"),
        ("rtsp://gate/user=me_password=x_channel=1_stream=0.sdp", "rtsp://gate/user=me_password=***"),
        ("rtsp://[::1]:8554/1", "rtsp://[::1]:8554/1"),
        ("rtsp://[broken", "rtsp://[broken"),
    ],
)
def test_the_rest_of_an_address_is_shown(address: str, seen: str) -> None:
    assert is_address(address)
    assert shown(address) == seen


def test_a_file_is_no_address() -> None:
    assert not is_address("clips/a.mp4")
    assert not is_address("C:/clips/a.mp4")


def test_digest_without_quality_is_as_in_rfc_2069() -> None:
    asked = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    said = Credentials("Mufasa", "CircleOfLife").answer([asked], "GET", "/dir/index.html")
    assert said is not None
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in said


def test_digest_with_quality_counts_the_request_in() -> None:
    asked = 'Digest realm="r, s", qop="auth,auth-int", nonce="n", opaque="o", algorithm=MD5'
    said = Credentials("me", "secret").answer(['Basic realm="r"', asked], "DESCRIBE", "rtsp://gate/1")
    assert said is not None
    parts = dict(re.findall(r'(\w+)="?([^",]+|r, s)"?', said))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    who, what = md5("me:r, s:secret"), md5("DESCRIBE:rtsp://gate/1")
    assert parts["response"] == md5(f"{who}:n:00000001:{parts['cnonce']}:auth:{what}")
    assert (parts["opaque"], parts["nc"], parts["qop"]) == ("o", "00000001", "auth")


def test_what_cannot_be_answered_is_not() -> None:
    assert Credentials("me", "secret").answer(["Negotiate"], "GET", "/") is None


def test_percent_signs_are_undone_and_nothing_is_told_of_them() -> None:
    known = Credentials.of(urlsplit("rtsp://me:a%2Fb@gate/1"))
    assert known == Credentials("me", "a/b")
    assert "a/b" not in repr(known)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("rtsp://me:sec/ret@gate/1", "a '/', '?' or '#' in a password is written %2F"),
        ("rtsp://me:12/34@gate/1", "a '/', '?' or '#' in a password is written %2F"),
        ("rtsp://[broken", "it is no address that can be asked"),
        ("rtsp://gate:99999/1", "it is no address that can be asked"),
        ("rtsp:///1", "it is no address that can be asked"),
        ("mystery://gate/1", "it is no address that can be asked"),
        ("rtsp://nowhere.invalid/1", "no host 'nowhere.invalid' is known"),
    ],
)
def test_a_wrong_address_is_told(address: str, says: str) -> None:
    assert says in why_no_picture(address, 1).told


@pytest.mark.parametrize("scheme", ["https", "rtsps"])
def test_tls_where_none_is_spoken_is_told(scheme: str) -> None:
    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1024)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        told = why_no_picture(f"{scheme}://127.0.0.1:{server.getsockname()[1]}/1", 2).told
        thread.join()
    assert told.startswith("TLS fails (")
