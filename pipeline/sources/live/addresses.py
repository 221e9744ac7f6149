"""Addresses of streams: what may be shown of one, and why one gives no picture."""

import base64
import http.client
import re
import socket
import ssl
from urllib.parse import SplitResult, unquote, urlsplit

PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443, "rtmp": 1935}
_STATUS = re.compile(rb"^RTSP/1\.\d (\d{3})")


def is_address(target: str) -> bool:
    """Whether a target is an address and not a file or camera."""
    return re.match(r"^[a-z][a-z0-9+.-]*://", target, re.IGNORECASE) is not None


def shown(address: str) -> str:
    """An address without what may be secret in it: user, password, query.

    >>> shown("rtsp://me:secret@gate:8554/1?token=x")
    'rtsp://***@gate:8554/1'
    """
    parts = urlsplit(address)
    user = "***@" if "@" in parts.netloc else ""
    return f"{parts.scheme}://{user}{parts.netloc.rpartition('@')[2]}{parts.path}"


def why_no_picture(address: str, timeout_s: float) -> str:
    """Why an address gives no picture, as far as a short conversation with its server tells; one line, no secrets."""
    parts = urlsplit(address)
    scheme = parts.scheme.lower()
    host = parts.hostname or ""
    try:
        port = parts.port or PORTS.get(scheme)
    except ValueError:
        return "its port is no number from 1 to 65535; mend the address"
    if not host or port is None:
        return "it names no host that can be asked; mend the address"
    try:
        with socket.create_connection((host, port), timeout_s) as connection:
            if scheme == "rtsp":
                return _ask_rtsp(connection, address)
        return _ask_http(parts, host, port, timeout_s) if scheme in {"http", "https"} else _NO_VIDEO
    except ssl.SSLError as error:
        return f"TLS fails ({error.reason or 'handshake'}); check the certificate, or use http"
    except socket.gaierror:
        return f"no host '{host}' is known; check the name and the network"
    except TimeoutError:
        return f"no answer from {host}:{port} in {timeout_s:g} s; check that it is on"
    except ConnectionRefusedError:
        return f"{host}:{port} refuses the connection; check that the camera serves there"
    except (OSError, http.client.HTTPException) as error:
        return f"the connection to {host}:{port} broke ({getattr(error, 'strerror', None) or type(error).__name__})"


_NO_VIDEO = "the server answers, but sends no video that can be decoded; check path and codec"


def _told(status: int) -> str:
    if status in {401, 407}:
        return "it wants a user and a password, or those given are wrong; put them into the address: ://USER:PASSWORD@"
    if status == 403:
        return "it forbids the access (403); check user and rights"
    if status in {404, 454}:
        return "there is nothing at that path (404); check the address"
    return f"the server says {status}" if status >= 400 else _NO_VIDEO


def _ask_rtsp(connection: socket.socket, address: str) -> str:
    plain = shown(address).replace("***@", "")
    connection.sendall(f"DESCRIBE {plain} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n".encode())
    match = _STATUS.match(connection.recv(512))
    if match is None:
        return "what answers there does not speak RTSP; check the port"
    status = int(match[1])
    if status == 401 and "@" in urlsplit(address).netloc:
        return "user or password are wrong; check them in the address"
    return _told(status)


def _ask_http(parts: SplitResult, host: str, port: int, timeout_s: float) -> str:
    kind = http.client.HTTPSConnection if parts.scheme.lower() == "https" else http.client.HTTPConnection
    connection = kind(host, port, timeout=timeout_s)
    headers = {}
    if parts.username is not None:
        plain = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(plain.encode()).decode()}"
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers=headers)
        answer = connection.getresponse()
        kind_of = answer.headers.get_content_type()
        if answer.status < 400 and kind_of.startswith("text/"):
            return f"the server sends {kind_of} instead of video; check the path"
        return _told(answer.status)
    finally:
        connection.close()
