"""Events at a real broker: acknowledged, in order, each once; counts kept, the last will, Home Assistant."""

import gc
import json
import queue
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from happenings import event, packet_of, packets

from fakes import INFO, frame
from pipeline.errors import ConfigError
from pipeline.results.zones import Zones
from pipeline.sinks.data.config import MqttConfig, SpoolConfig
from pipeline.sinks.data.mqtt import MqttSink
from pipeline.types import Packet

mqtt = pytest.importorskip("paho.mqtt.client", reason="no paho-mqtt: pip install -r requirements-data.txt")
MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin")
pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto: apt-get install mosquitto")

Make = Callable[..., MqttSink]


class Broker:
    """A mosquitto on the loopback that can go and come back."""

    def __init__(self, folder: Path, settings: str = "allow_anonymous true") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._file = folder / "broker.conf"
        self._file.write_text(f"listener {self.port} 127.0.0.1\n{settings}\n")
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        assert MOSQUITTO is not None
        self._process = subprocess.Popen([MOSQUITTO, "-v", "-c", str(self._file)], stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            said.append(line)
            if "running" in line:
                break
        else:
            pytest.fail(f"the broker ended: {''.join(said)}")
        self._reader = threading.Thread(target=self._process.stderr.read)
        self._reader.start()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            assert self._process.stderr is not None
            self._process.stderr.close()
            self._process = None


class Listener:
    """Hears everything at a broker."""

    def __init__(self, port: int, login: tuple[str, str] | None = None) -> None:
        self._messages: queue.Queue[Any] = queue.Queue()
        self.heard: list[Any] = []
        ready = threading.Event()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        if login:
            self._client.username_pw_set(*login)
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.on_message = lambda _client, _data, message: self._messages.put(message)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert ready.wait(20)

    def wait(self, topic: str, count: int = 1) -> list[Any]:
        """The payloads of a topic, once there are so many."""
        while len(found := [message for message in self.heard if message.topic == topic]) < count:
            self.heard.append(self._messages.get(timeout=20))
        return [message.payload for message in found]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[MqttSink] = []

    def sink(port: int, drain_s: float = 15.0, **settings: Any) -> MqttSink:
        config = MqttConfig(host="127.0.0.1", port=port, **settings)
        made.append(MqttSink(config, SpoolConfig(folder=tmp_path / "spool", drain_s=drain_s), INFO))
        return made[-1]

    yield sink
    for one in made:
        one.close()
    assert not [thread for thread in threading.enumerate() if "mqtt" in thread.name]


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    made = Listener(broker.port)
    yield made
    made.close()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for the loopback that signs itself, and its key."""
    x509 = pytest.importorskip("cryptography.x509", reason="cryptography is not installed")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_file, key_file


def ids(payloads: list[bytes]) -> list[str]:
    return [json.loads(payload)["id"] for payload in payloads]


def counted(inside: int) -> Packet:
    one = np.array([inside], np.int64)
    none = np.zeros(0, np.int64)
    zones = Zones(
        areas=("Hof/1",),
        polygons=(np.zeros((3, 2)),),
        count=one,
        entered=one.copy(),
        left=np.array([0], np.int64),
        loitering=np.array([0], np.int64),
        classes=({"person": inside},),
        lines=(),
        ends=np.zeros((0, 2, 2)),
        directions=(),
        crossed=np.zeros((0, 2), np.int64),
        crossed_classes=(),
        track_id=none,
        dwell_s=np.zeros((0, 1)),
        speed_m_s=np.zeros(0),
    )
    return Packet(frame(0)).plus("zones", zones)


def test_each_event_arrives_once_and_in_order(make: Make, broker: Broker, listener: Listener) -> None:
    sink = make(broker.port)
    for packet in packets(20):
        sink.write(packet)
    sink.finish()
    told = listener.wait("sluice/fake/events", 20)
    assert ids(told) == [f"e{number}" for number in range(20)]
    assert json.loads(told[0])["event_type"] == "crossed"
    assert len({json.loads(payload)["uid"] for payload in told}) == 20


def test_it_says_that_it_is_there_and_that_it_goes(make: Make, broker: Broker, listener: Listener) -> None:
    sink = make(broker.port)
    assert listener.wait("sluice/fake/status") == [b"online"]
    sink.close()
    assert listener.wait("sluice/fake/status", 2) == [b"online", b"offline"]


def test_the_broker_tells_that_it_went_without_a_word(make: Make, broker: Broker, listener: Listener) -> None:
    sink = make(broker.port)
    listener.wait("sluice/fake/status")
    sink._client.loop_stop()  # as where the program is killed: the connection breaks without a farewell
    sink._client.socket().shutdown(socket.SHUT_RDWR)
    assert listener.wait("sluice/fake/status", 2)[-1] == b"offline"


def test_a_broker_that_comes_back_gets_what_happened_meanwhile(
    make: Make, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    broker.stop()
    sink = make(broker.port)
    for packet in packets(10):
        sink.write(packet)
    while not sink.status()["failures"]:
        threading.Event().wait(0.01)
    broker.start()
    listener = Listener(broker.port)
    sink.finish()
    assert ids(listener.wait("sluice/fake/events", 10)) == [f"e{number}" for number in range(10)]
    listener.close()
    assert "sent later" in caplog.text


def test_what_a_run_could_not_send_the_next_one_sends(make: Make, broker: Broker) -> None:
    broker.stop()
    first = make(broker.port, drain_s=0.0)
    first.write(packet_of(event(0)))
    first.finish()
    first.close()
    broker.start()
    listener = Listener(broker.port)
    second = make(broker.port)
    second.write(packet_of(event(1)))
    second.finish()
    assert ids(listener.wait("sluice/fake/events", 2)) == ["e0", "e1"]
    listener.close()


def test_counts_are_kept_for_those_who_come_later(make: Make, broker: Broker) -> None:
    early = Listener(broker.port)
    sink = make(broker.port)
    early.wait("sluice/fake/status")
    for inside in (1, 1, 2):
        sink.write(counted(inside))
    told = [json.loads(payload) for payload in early.wait("sluice/fake/zones/Hof-1", 2)]
    early.close()
    assert [one["count"] for one in told] == [1, 2]
    late = Listener(broker.port)
    assert json.loads(late.wait("sluice/fake/zones/Hof-1")[0])["count"] == 2
    late.close()


def test_home_assistant_is_told_what_there_is(make: Make, broker: Broker, listener: Listener) -> None:
    sink = make(broker.port)
    listener.wait("sluice/fake/status")
    sink.write(counted(1))
    before, after = (json.loads(one) for one in listener.wait("homeassistant/device/sluice-fake/config", 2))
    assert set(before["components"]) == {"events"}
    count = after["components"]["Hof-1-count"]
    assert count["state_topic"] == "sluice/fake/zones/Hof-1"
    assert count["value_template"] == "{{ value_json.get('count') }}"
    assert after["availability_topic"] == "sluice/fake/status"
    assert "crossed" in after["components"]["events"]["event_types"]


def test_a_broker_that_refuses_is_told_and_the_password_is_not(
    make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "users").write_text("")
    (tmp_path / "users").chmod(0o600)
    (tmp_path / "password").write_text("hidden\n")
    broker = Broker(tmp_path, f"allow_anonymous false\npassword_file {tmp_path / 'users'}\nuser root")
    sink = make(broker.port, drain_s=0.0, username="me", password_file=tmp_path / "password")
    sink.write(packet_of(event()))
    while "refuses" not in str(sink.status()["error"]):
        threading.Event().wait(0.01)
    sink.finish()
    sink.close()
    broker.stop()
    assert "hidden" not in caplog.text
    assert len(sink._spool) == 1


def test_a_broker_that_hangs_keeps_no_packet_waiting(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes the connection and never says a word
        sink = make(server.getsockname()[1], drain_s=0.0)
        for packet in packets(100):
            sink.write(packet)
        assert sink.status()["waiting"] == 100
        sink.finish()
        sink.close()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"username": "me", "password_file": Path("absent")}, "cannot read absent"),
        ({"password_file": Path("absent")}, "no username"),
        ({"tls": True, "ca_file": Path("absent")}, "cannot read absent"),
    ],
)
def test_what_cannot_be_is_told_before_the_run(make: Make, settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        make(1883, **settings)


def test_a_broker_that_goes_between_two_events_gets_each_of_them_once(make: Make, broker: Broker) -> None:
    first = Listener(broker.port)
    sink = make(broker.port)
    sink.write(packet_of(event(0)))
    assert ids(first.wait("sluice/fake/events")) == ["e0"]
    first.close()
    broker.stop()
    sink.write(packet_of(event(0), event(1), told=2))
    sink.write(packet_of(event(2), told=3))
    broker.start()
    second = Listener(broker.port)
    sink.finish()
    assert ids(second.wait("sluice/fake/events", 2)) == ["e1", "e2"]
    second.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paho leaves a refused TLS socket open
def test_a_certificate_is_checked_and_what_passes_is_encrypted(
    make: Make, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    broker = Broker(tmp_path, f"allow_anonymous true\ncertfile {cert}\nkeyfile {key}\nuser root")
    trusted = make(broker.port, tls=True, ca_file=cert)
    trusted.write(packet_of(event()))
    trusted.finish()
    assert trusted.status()["sent"] == 1
    trusted.close()
    doubted = make(broker.port, tls=True, drain_s=0.0)
    doubted.write(packet_of(event()))
    while not doubted.status()["failures"]:
        threading.Event().wait(0.01)
    assert "cannot be reached" in str(doubted.status()["error"])
    doubted.close()
    broker.stop()
    gc.collect()
