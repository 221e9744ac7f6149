"""Events and counts at an MQTT broker, with a last will, and told to Home Assistant so that it shows them by itself."""

from __future__ import annotations

import importlib
import ssl
import threading
import uuid
from typing import Any

import orjson

from pipeline.errors import ConfigError
from pipeline.results.zones import Zones
from pipeline.sinks.data.config import MqttConfig, SpoolConfig, plain_name
from pipeline.sinks.data.courier import Courier, TryLaterError
from pipeline.sinks.data.discovery import discovery_message
from pipeline.sinks.data.secrets import read_secret
from pipeline.sinks.data.spool import Letter, Spool
from pipeline.sinks.data.tap import EventTap
from pipeline.types import Packet, SourceInfo

ONLINE, OFFLINE = b"online", b"offline"
CONNECT_S = 1.0
"""How long an event waits for the connection before that is told as a fault."""


class MqttSink:
    """Publishes each event, acknowledged (QoS 1), out of a spool; and what areas and lines count, as it changes.

    Topics, below `TOPIC/SOURCE`: `status` (online, offline; kept, and the last will), `events` (an event each),
    `zones/NAME` (counts; kept). `write` never waits for the broker: events wait in the spool, of counts the newest
    is sent once there is a connection.

    Raises:
        ConfigError: `paho-mqtt` is missing, a secret or certificate cannot be read, or another run has the spool.
    """

    name = "mqtt"

    def __init__(self, config: MqttConfig, spool: SpoolConfig, info: SourceInfo) -> None:
        self._config, self._source = config, plain_name(info.name)
        self._base = f"{config.topic}/{self._source}"
        self._why = "no answer yet"
        self._lock = threading.Lock()
        self._counts: dict[str, dict[str, Any]] = {}
        """The newest of each area and line."""
        self._flying: tuple[int, int] | None = None
        """Letter that the client has and the broker has not acknowledged, and the message's number: the client sends
        it again by itself after a break, so it is not given to it twice."""
        self._acknowledged: set[int] = set()
        """Numbers of messages."""
        self._answer = threading.Condition()
        self._tap, self._drain_s = EventTap(), spool.drain_s
        self._client: Any = self._made()
        port = config.port or (8883 if config.tls else 1883)
        self._spool = Spool(spool.path_of("mqtt", f"{config.host}:{port}/{config.topic}", info.name), spool.most_bytes)
        self._client.connect_async(config.host, port, config.keepalive_s)
        self._client.loop_start()
        self.courier = Courier(f"mqtt at {config.host}:{port}", self._spool, self._send, 0.2, 5.0)

    def write(self, packet: Packet) -> None:
        """Put the packet's events into the spool, and tell counts that changed."""
        for event in self._tap.events(packet):
            told = {"event_type": event.kind, "uid": uuid.uuid4().hex, **event.row()}
            self._spool.add(orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY), f"{self._base}/events")
        for result in packet.results.values():
            if isinstance(result, Zones):
                self._count(result)

    def status(self) -> dict[str, object]:
        """How it is doing, as plain values."""
        return {"kind": self.name, **self.courier.status(), "missed": self._tap.missed}

    def finish(self) -> None:
        """Send what still waits, for `drain_s` at most; what is left is sent by the next run."""
        self.courier.end(self._drain_s)

    def close(self) -> None:
        """Take leave of the broker and end the threads; what waits stays in the spool. May be called twice."""
        self.courier.end()
        self._spool.close()
        if self._client.is_connected():
            self._wait(self._client.publish(f"{self._base}/status", OFFLINE, qos=1, retain=True).mid, 1.0)
        self._client.disconnect()
        self._client.loop_stop()

    # --- the client, whose calls back come from its own thread --------------------------------------------------------

    def _made(self) -> Any:
        try:
            mqtt = importlib.import_module("paho.mqtt.client")
        except ImportError as error:
            raise ConfigError("data.mqtt needs the package paho-mqtt; pip install -r requirements-data.txt") from error
        config = self._config
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"sluice-{uuid.uuid4().hex[:12]}")
        if config.password_file and not config.username:
            raise ConfigError("data.mqtt: there is a password_file and no username; set data.mqtt.username")
        if config.username:
            file = config.password_file
            client.username_pw_set(config.username, read_secret(file, "data.mqtt.password_file") if file else None)
        if config.tls:
            try:
                client.tls_set_context(ssl.create_default_context(cafile=config.ca_file))
            except (OSError, ssl.SSLError) as error:
                raise ConfigError(f"data.mqtt.ca_file: cannot read {config.ca_file}: {error}") from error
        client.will_set(f"{self._base}/status", OFFLINE, qos=1, retain=True)
        client.reconnect_delay_set(1, 30)
        client.connect_timeout = min(5.0, config.timeout_s)
        client.on_connect = self._connected
        client.on_publish = self._published
        client.on_connect_fail = self._not_connected
        client.on_disconnect = self._disconnected
        return client

    def _connected(self, client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._why = f"it refuses us: {reason}"
            return
        client.publish(f"{self._base}/status", ONLINE, qos=1, retain=True)
        with self._answer:
            self._answer.notify_all()
        with self._lock:
            self._discover()
            for zone, counts in self._counts.items():
                self._publish_count(zone, counts)

    def _not_connected(self, _client: Any, _data: Any) -> None:
        self._why = "it cannot be reached"

    def _disconnected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if not self._why.startswith("it refuses"):
            self._why = f"the connection went: {reason}"
        with self._answer:
            self._answer.notify_all()

    def _send(self, letter: Letter) -> None:
        flying = self._flying
        if flying is None or flying[0] != letter.seq:
            with self._answer:
                self._answer.wait_for(self._client.is_connected, CONNECT_S)  # a run that begins is not told as a fault
                self._acknowledged.clear()
            if not self._client.is_connected():
                raise TryLaterError(self._why)
            self._why = ""
            self._flying = flying = (letter.seq, self._client.publish(letter.topic, letter.body, qos=1).mid)
        if not self._wait(flying[1], self._config.timeout_s if self._client.is_connected() else 0.0):
            raise TryLaterError(self._why or f"no acknowledgement in {self._config.timeout_s:g} s")
        self._flying = None

    def _published(self, _client: Any, _data: Any, number: int, _reason: Any, _properties: Any) -> None:
        with self._answer:
            self._acknowledged.add(number)
            self._answer.notify_all()

    def _wait(self, number: int, timeout_s: float) -> bool:
        """Until the broker acknowledges a message, or the connection goes; whether it did."""
        with self._answer:
            self._answer.wait_for(lambda: number in self._acknowledged or not self._client.is_connected(), timeout_s)
            return number in self._acknowledged

    # --- counts -------------------------------------------------------------------------------------------------------

    def _count(self, zones: Zones) -> None:
        counts = {
            str(row["zone"]): {key: value for key, value in row.items() if key not in ("zone", "tracks")}
            for row in zones.rows()
            if row["zone"] is not None
        }
        with self._lock:
            new = counts.keys() - self._counts.keys()
            changed = {zone: told for zone, told in counts.items() if self._counts.get(zone) != told}
            self._counts |= changed
            if not self._client.is_connected():
                return
            if new:
                self._discover()
            for zone, told in changed.items():
                self._publish_count(zone, told)

    def _publish_count(self, zone: str, counts: dict[str, Any]) -> None:
        self._client.publish(f"{self._base}/zones/{plain_name(zone)}", orjson.dumps(counts), qos=0, retain=True)

    def _discover(self) -> None:
        if self._config.discovery:
            topic = f"{self._config.discovery}/device/sluice-{self._source.replace('.', '_')}/config"
            body = orjson.dumps(discovery_message(self._base, self._source, self._counts))
            self._client.publish(topic, body, qos=1, retain=True)
