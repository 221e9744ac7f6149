"""Each event as a signed POST to somebody's server, as Standard Webhooks has it (standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import importlib
import logging
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from pipeline.errors import ConfigError
from pipeline.results.events import Event
from pipeline.sinks.data.config import SpoolConfig, WebhookConfig
from pipeline.sinks.data.courier import Courier, RefusedError, TryLaterError
from pipeline.sinks.data.secrets import read_secret
from pipeline.sinks.data.spool import Letter, Spool
from pipeline.sinks.data.tap import EventTap
from pipeline.types import Packet, SourceInfo

NEVER = (400, 413, 415, 422)
"""Answers that this very body will always get. All others may pass: a server that is down, a password to be mended."""


def signature(key: bytes, letter_id: str, sent_s: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 over `id.seconds.body` in base64: the scheme of Standard Webhooks.

    >>> key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")  # the example of the scheme's own libraries
    >>> signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    told = hmac.new(key, b".".join((letter_id.encode(), b"%d" % sent_s, body)), hashlib.sha256)
    return "v1," + base64.b64encode(told.digest()).decode()


def signing_key(secret: str) -> bytes:
    """The bytes of a secret: base64 after `whsec_`, or the text itself.

    Raises:
        ConfigError: what stands after `whsec_` is no base64.

    >>> signing_key("whsec_a2V5"), signing_key("key")
    (b'key', b'key')
    """
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ConfigError("data.webhook.secret_file: what stands after whsec_ is no base64; copy it again") from error


def event_body(event: Event) -> bytes:
    """`{"type": "event.crossed", "timestamp": ..., "data": {the row of the event}}`."""
    at_s = time.time() if event.clock_s is None else event.clock_s
    told = {"type": f"event.{event.kind}", "timestamp": datetime.fromtimestamp(at_s, UTC), "data": event.row()}
    return orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z)


class WebhookSink:
    """Puts events into a spool, from which a thread of its own sends them; `write` never waits for the server.

    Raises:
        ConfigError: the address or a secret cannot be, `httpx` is missing, or another run has the spool.
    """

    name = "webhook"

    def __init__(self, config: WebhookConfig, spool: SpoolConfig, info: SourceInfo) -> None:
        url = read_secret(config.url_file, "data.webhook.url_file") if config.url_file else config.url
        self._url, self._config = url, config
        host = _checked(url)
        self._key = (
            signing_key(read_secret(config.secret_file, "data.webhook.secret_file")) if config.secret_file else b""
        )
        token = read_secret(config.token_file, "data.webhook.token_file") if config.token_file else ""
        self._client = _client(config, token)
        self._tap, self._drain_s = EventTap(), spool.drain_s
        try:
            self._spool = Spool(spool.path_of("webhook", url, info.name), spool.most_bytes)
        except ConfigError:
            self._client.close()
            raise
        self.courier = Courier(
            f"webhook to {host}", self._spool, self._send, config.first_wait_s, config.most_wait_s, config.timeout_s + 1
        )

    def write(self, packet: Packet) -> None:
        """Put the packet's events into the spool."""
        for event in self._tap.events(packet):
            self._spool.add(event_body(event))

    def status(self) -> dict[str, object]:
        """How it is doing, as plain values."""
        return {"kind": self.name, **self.courier.status(), "missed": self._tap.missed}

    def finish(self) -> None:
        """Send what still waits, for `drain_s` at most; what is left is sent by the next run."""
        self.courier.end(self._drain_s)

    def close(self) -> None:
        """End the thread; what waits stays in the spool. May be called twice."""
        self.courier.end()
        self._spool.close()
        self._client.close()

    def _send(self, letter: Letter) -> None:
        import httpx

        sent_s = int(time.time())
        headers = {
            "content-type": "application/json",
            "webhook-id": letter.id,
            "webhook-timestamp": str(sent_s),
        }
        if self._key:
            headers["webhook-signature"] = signature(self._key, letter.id, sent_s, letter.body)
        try:
            # The answer's body is of no interest, and one without an end would hold the thread.
            with self._client.stream("POST", self._url, content=letter.body, headers=headers) as answer:
                status, again = answer.status_code, answer.headers.get("retry-after", "")
        except httpx.HTTPError as error:
            raise TryLaterError(f"{type(error).__name__}: {str(error).replace(self._url, 'the address')}") from error
        if 200 <= status < 300:
            return
        if status in NEVER:
            raise RefusedError(f"it answers {status} to {letter.id}")
        raise TryLaterError(f"it answers {status}", min(float(again), 3600.0) if again.isdecimal() else 0.0)


def _checked(url: str) -> str:
    """The host of an address, for messages.

    Raises:
        ConfigError: it is no http address, or has a password in it.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"data.webhook.url: it is no address ({error}); write https://HOST/PATH") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError("data.webhook.url: it is no address of a server; write https://HOST/PATH")
    if parts.username or parts.password:
        raise ConfigError("data.webhook.url: it has a password in it; put a token into a file named by token_file")
    return f"{host}:{port}" if port else host


def _client(config: WebhookConfig, token: str) -> Any:
    try:
        httpx = importlib.import_module("httpx")
    except ImportError as error:
        raise ConfigError("data.webhook needs the package httpx; pip install -r requirements-data.txt") from error
    for chatty in ("httpx", "httpcore"):  # they write whole addresses into the log
        logging.getLogger(chatty).setLevel(logging.WARNING)
    verify: Any = True
    if config.ca_file is not None:
        import ssl

        try:
            verify = ssl.create_default_context(cafile=str(config.ca_file))
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"data.webhook.ca_file: cannot read {config.ca_file}: {error}") from error
    headers = {"user-agent": "Sluice", **({"authorization": f"Bearer {token}"} if token else {})}
    return httpx.Client(timeout=config.timeout_s, verify=verify, trust_env=False, headers=headers)
