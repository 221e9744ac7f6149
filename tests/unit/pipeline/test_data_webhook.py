"""Events at a real server on the loopback: signed, in order, each once, whatever the server does meanwhile."""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from happenings import event, packet_of, packets
from receivers import Posted, Receiver

from fakes import INFO
from pipeline.errors import ConfigError
from pipeline.sinks.data.config import SpoolConfig, WebhookConfig
from pipeline.sinks.data.webhook import WebhookSink, signature, signing_key

pytest.importorskip("httpx", reason="httpx is not installed: pip install -r requirements-data.txt")

Make = Callable[..., WebhookSink]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[WebhookSink] = []

    def sink(url: str, drain_s: float = 10.0, **settings: Any) -> WebhookSink:
        config = WebhookConfig(url=url, **{"first_wait_s": 0.02, "most_wait_s": 0.1, **settings})
        made.append(WebhookSink(config, SpoolConfig(folder=tmp_path / "spool", drain_s=drain_s), INFO))
        return made[-1]

    yield sink
    for one in made:
        one.close()
    assert not [thread for thread in threading.enumerate() if "webhook" in thread.name]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()


def test_each_event_arrives_once_and_in_order(make: Make, receiver: Receiver) -> None:
    sink = make(receiver.url)
    for packet in packets(30):
        sink.write(packet)
    sink.finish()
    assert [posted.event["id"] for posted in receiver.taken] == [f"e{number}" for number in range(30)]
    assert receiver.taken[0].event == event(0).row()


def test_the_signature_is_that_of_the_secret(make: Make, receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("whsec_c2VjcmV0\n")
    (tmp_path / "token").write_text("t0ken\n")
    sink = make(receiver.url, secret_file=tmp_path / "secret", token_file=tmp_path / "token")
    sink.write(packet_of(event()))
    sink.finish()
    (posted,) = receiver.taken
    sent_s = int(posted.headers["webhook-timestamp"])
    assert abs(time.time() - sent_s) < 60
    key = signing_key("whsec_c2VjcmV0")
    assert posted.headers["webhook-signature"] == signature(key, posted.headers["webhook-id"], sent_s, posted.body)
    assert posted.headers["authorization"] == "Bearer t0ken"


def test_what_fails_is_tried_again_before_the_next(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    def answer(number: int, posted: Posted) -> int:
        return (500, 0, 503, 404)[number] if number < 4 else 200

    server = Receiver(answer)
    sink = make(server.url)
    for packet in packets(3):
        sink.write(packet)
    sink.finish()
    server.close()
    assert [posted.event["id"] for posted in server.posted] == ["e0"] * 5 + ["e1", "e2"]
    assert len({posted.headers["webhook-id"] for posted in server.posted[:5]}) == 1
    assert len([line for line in caplog.messages if "sent later" in line]) == 1
    assert len([line for line in caplog.messages if "takes events again" in line]) == 1
    assert "hidden" not in caplog.text


def test_an_event_that_is_refused_for_good_does_not_hold_up_the_next(make: Make) -> None:
    server = Receiver(lambda number, posted: 422 if number == 0 else 200)
    sink = make(server.url)
    for packet in packets(2):
        sink.write(packet)
    sink.finish()
    server.close()
    assert [posted.event["id"] for posted in server.taken] == ["e1"]
    assert sink.status()["refused"] == 1


def test_a_server_that_is_away_gets_everything_once_it_is_back(make: Make) -> None:
    gone = Receiver()
    port = gone.port
    gone.close()
    sink = make(f"http://127.0.0.1:{port}/hook", drain_s=0.0)
    for packet in packets(5):
        sink.write(packet)
    sink.finish()
    sink.close()
    assert sink.status()["sent"] == 0
    back = Receiver(port=port)
    later = make(f"http://127.0.0.1:{port}/hook")
    for packet in packets(2, start=5):
        later.write(packet)
    later.finish()
    back.close()
    assert [posted.event["id"] for posted in back.taken] == [f"e{number}" for number in range(7)]


def test_a_server_that_does_not_answer_keeps_no_packet_waiting(make: Make) -> None:
    let_go = threading.Event()

    def answer(number: int, posted: Posted) -> int:
        let_go.wait(20)
        return 200

    server = Receiver(answer)
    sink = make(server.url)
    everything = packets(200)
    began_s = time.monotonic()
    for packet in everything:
        sink.write(packet)
    took_s = time.monotonic() - began_s
    assert server.wait(lambda it: len(it.posted) == 1)
    assert not server.taken
    let_go.set()
    sink.finish()
    server.close()
    assert took_s < 2.0
    assert len(server.taken) == 200


def test_events_of_dropped_packets_arrive_with_the_next_one(make: Make, receiver: Receiver) -> None:
    sink = make(receiver.url)
    for packet in packets(40)[::7]:
        sink.write(packet)
    sink.finish()
    assert [posted.event["id"] for posted in receiver.taken] == [f"e{number}" for number in range(36)]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"url": "ftp://host/x"}, "no address of a server"),
        ({"url": "http://me:pa55@host/x"}, "token_file"),
        ({"url": "http://[::1/x"}, "no address"),
        ({"url": "http://host/x", "secret_file": Path("absent")}, "cannot read absent"),
        ({"url": "http://host/x", "ca_file": Path("absent")}, "cannot read absent"),
    ],
)
def test_what_cannot_be_is_told_before_the_run(make: Make, settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told) as raised:
        make(**settings)
    assert "pa55" not in str(raised.value)


def test_the_address_is_not_logged_by_the_library_either(
    make: Make, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        sink = make(receiver.url)
        sink.write(packet_of(event()))
        sink.finish()
    assert len(receiver.taken) == 1
    assert "hidden" not in caplog.text


def test_a_secret_stands_in_no_message(make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "url").write_text("http://127.0.0.1:9/services/hidden\n")
    sink = make("", url_file=tmp_path / "url", drain_s=0.2)
    with caplog.at_level(logging.DEBUG):
        sink.write(packet_of(event()))
        sink.finish()
    assert "hidden" not in caplog.text
    assert "hidden" not in str(sink.status())
    assert "127.0.0.1:9" in caplog.text


def test_a_server_that_fails_now_and_then_is_told_of_once(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    server = Receiver(lambda number, posted: 500 if number % 2 else 200)
    sink = make(server.url)
    for packet in packets(6):
        sink.write(packet)
    sink.finish()
    server.close()
    assert len(server.taken) == 6
    assert len([line for line in caplog.messages if "sent later" in line]) == 1
    assert sink.status()["failures"] == 5


def test_a_server_that_drips_its_answer_does_not_hold_the_end_of_the_run(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    let_go, accepted = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            line, _ = server.accept()
            with line, contextlib.suppress(OSError):
                accepted.set()
                line.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
                while not let_go.wait(0.05):
                    line.sendall(b"x")  # each byte is an answer in time

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        sink = make(f"http://127.0.0.1:{server.getsockname()[1]}/", drain_s=0.0, timeout_s=0.2)
        sink.courier._hang_s = 0.3
        sink.write(packet_of(event()))
        assert accepted.wait(20)
        began_s = time.monotonic()
        sink.finish()
        sink.close()
        assert time.monotonic() - began_s < 5.0
        let_go.set()
        thread.join(20)
    sink.courier._thread.join(20)
    assert "left to itself" in caplog.text
