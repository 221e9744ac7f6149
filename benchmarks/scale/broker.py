"""What a real broker (mosquitto) needs for a message: its own CPU time over some thousands of them, QoS 1."""

import importlib
import os
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError

MESSAGES = 10_000
WINDOW = 100
"""Messages under way at one time."""
PATIENCE_S = 60.0
PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin"


def broker_us(folder: Path, size: int, messages: int = MESSAGES) -> float:
    """CPU microseconds for each message of `size` bytes: taken, acknowledged, sent to a subscriber that acknowledges.

    Raises:
        ConfigError: there is no mosquitto or no paho-mqtt, or it does not answer.
    """
    program = shutil.which("mosquitto", path=PLACES)
    if program is None:
        raise ConfigError("the broker's cost cannot be measured: there is no mosquitto; apt-get install mosquitto")
    try:
        mqtt: Any = importlib.import_module("paho.mqtt.client")
    except ImportError as error:
        raise ConfigError(
            "the broker's cost needs the package paho-mqtt; pip install -r requirements-data.txt"
        ) from error
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    config = folder / "broker.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n", encoding="utf-8")
    broker = subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        return _through(mqtt, port, broker.pid, size, messages)
    finally:
        broker.terminate()
        broker.wait()


def _through(mqtt: Any, port: int, pid: int, size: int, messages: int) -> float:
    ready, room, arrived = threading.Event(), threading.Semaphore(WINDOW), threading.Event()
    count = 0

    def subscribed(*_: object) -> None:
        ready.set()

    def received(*_: object) -> None:
        nonlocal count
        count += 1
        room.release()
        if count == messages:
            arrived.set()

    clients = [mqtt.Client(mqtt.CallbackAPIVersion.VERSION2) for _ in "12"]
    reader, writer = clients
    reader.on_subscribe, reader.on_message = subscribed, received
    reader.on_connect = lambda client, *_: client.subscribe("cameras/#", qos=1)
    for client in clients:
        _connect(client, port)
        client.loop_start()
    try:
        if not ready.wait(PATIENCE_S):
            raise ConfigError("the broker does not answer; is its port free, and the machine not too busy?")
        body, before = bytes(size), _cpu_s(pid)
        for number in range(messages):
            room.acquire(timeout=PATIENCE_S)
            writer.publish(f"cameras/{number % 100}/events", body, qos=1)
        if not arrived.wait(PATIENCE_S):
            raise ConfigError(f"the broker brought {count} of {messages} messages; is the machine too busy?")
        return 1e6 * (_cpu_s(pid) - before) / messages
    finally:
        for client in clients:
            client.disconnect()
            client.loop_stop()


def _connect(client: Any, port: int) -> None:
    """As soon as the broker listens."""
    until_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            client.connect("127.0.0.1", port)
        except OSError as error:
            if time.monotonic() > until_s:
                raise ConfigError(f"the broker does not listen: {error.strerror}") from error
            time.sleep(0.05)
        else:
            return


def _cpu_s(pid: int) -> float:
    """CPU seconds of another process, user and system (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
