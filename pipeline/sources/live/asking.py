"""Asks a server why there is no picture, where FFmpeg says only that there is none."""

import http.client
import re
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from pipeline.sources.live.credentials import Credentials

PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443, "rtmp": 1935}
_ANSWER_BYTES = 1 << 16
_STATUS = re.compile(r"^RTSP/1\.\d (\d{3})")


@dataclass(frozen=True, slots=True)
class Why:
    """Why there is no picture."""

    told: str
    """In one line, without secrets."""
    lasting: bool = False
    """Another attempt will not mend it; a person has to."""


_NO_VIDEO = Why("the server answers, but sends no video that can be decoded; check path and codec")
_NO_ADDRESS = Why("it is no address that can be asked; write it as rtsp://USER:PASSWORD@HOST:PORT/PATH", True)
_UNESCAPED = Why("a '/', '?' or '#' in a password is written %2F, %3F, %23; mend the address", True)


def why_no_picture(address: str, timeout_s: float) -> Why:
    """Why an address gives no picture, as far as a short conversation with its server tells.

    Args:
        address: As it was given, with user and password.
        timeout_s: For the connection and for each answer.
    """
    try:
        parts = urlsplit(address)
        port = parts.port or PORTS.get(parts.scheme.lower())
    except ValueError:
        return _UNESCAPED if "@" in address else _NO_ADDRESS
    host = parts.hostname or ""
    if not host or port is None:
        return _NO_ADDRESS
    if "@" in address and "@" not in parts.netloc and ":" in parts.netloc:
        return _UNESCAPED
    try:
        return _ask(parts, host, port, timeout_s)
    except ssl.SSLError as error:
        return Why(f"TLS fails ({error.reason or 'handshake'}); check the port, or use it without the s")
    except socket.gaierror:
        return Why(f"no host '{host}' is known; check the name and the network")
    except TimeoutError:
        return Why(f"no answer from {host}:{port} in {timeout_s:g} s; check that it is on")
    except ConnectionRefusedError:
        return Why(f"{host}:{port} refuses the connection; check that the camera serves there")
    except (OSError, http.client.HTTPException) as error:
        what = getattr(error, "strerror", None) or type(error).__name__
        return Why(f"the connection to {host}:{port} broke ({what})")


def _ask(parts: SplitResult, host: str, port: int, timeout_s: float) -> Why:
    scheme = parts.scheme.lower()
    if scheme in {"http", "https"}:
        return _ask_http(parts, host, port, timeout_s)
    with socket.create_connection((host, port), timeout_s) as connection:
        if scheme == "rtsps":
            with _trusting().wrap_socket(connection, server_hostname=host) as wrapped:
                return _ask_rtsp(wrapped, parts, port)
        return _ask_rtsp(connection, parts, port) if scheme == "rtsp" else _NO_VIDEO


def _trusting() -> ssl.SSLContext:
    """As FFmpeg, which checks no certificate unless it is told to: cameras sign theirs themselves."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _path(parts: SplitResult) -> str:
    """Path and query, fit for a request line."""
    return quote(parts.path + (f"?{parts.query}" if parts.query else ""), safe="/?&%:@!$'()*+,;=~")


def _judged(status: int, known: Credentials | None) -> Why:
    if status in {401, 407}:
        if known is None:
            return Why("it wants a user and a password; put them into the address: ://USER:PASSWORD@", True)
        return Why("the user or the password is wrong; mend them in the address", True)
    if status == 403:
        return Why("it forbids the access (403); check user and rights", True)
    if status in {404, 454}:
        return Why("there is nothing at that path (404); check the address")
    return Why(f"the server says {status}") if status >= 400 else _NO_VIDEO


def _ask_rtsp(connection: socket.socket, parts: SplitResult, port: int) -> Why:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    uri = f"{parts.scheme}://{host}:{port}{_path(parts)}"
    known = Credentials.of(parts)
    status, heads, body = _describe(connection, uri, 1, None)
    if status == 401 and known is not None:
        wanted = [value for name, value in heads if name == "www-authenticate"]
        status, heads, body = _describe(connection, uri, 2, known.answer(wanted, "DESCRIBE", uri))
    if status == 0:
        return Why("what answers there does not speak RTSP; check the port", True)
    if status == 200 and "m=video" not in body:
        return Why("it has no video; check the path", True)
    codec = re.search(r"m=video[\s\S]*?a=rtpmap:\d+ ([\w.-]+)/", body)
    if status == 200 and codec is not None:
        return Why(f"it announces video ({codec[1]}), but none comes that can be decoded; try another of its streams")
    return _judged(status, known)


def _describe(
    connection: socket.socket, uri: str, number: int, answer: str | None
) -> tuple[int, list[tuple[str, str]], str]:
    """Status (0: that was no RTSP), header lines with names in lower case, and body of one DESCRIBE."""
    lines = [f"DESCRIBE {uri} RTSP/1.0", f"CSeq: {number}", "Accept: application/sdp"]
    lines += [f"Authorization: {answer}"] if answer else []
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    data = b""
    while len(data) < _ANSWER_BYTES:
        head, end, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length:\s*(\d{1,6})", head, re.IGNORECASE)
        if end and len(body) >= (int(length[1]) if length else 0):
            break
        if (data and not b"RTSP/1.".startswith(data[:7])) or not (more := connection.recv(4096)):
            break
        data += more
    text = data.decode("utf-8", "replace")
    match = _STATUS.match(text)
    rows = [line.partition(":") for line in text.split("\r\n\r\n")[0].split("\r\n")[1:]]
    heads = [(name.strip().lower(), value.strip()) for name, _, value in rows]
    return int(match[1]) if match else 0, heads, text.partition("\r\n\r\n")[2]


def _ask_http(parts: SplitResult, host: str, port: int, timeout_s: float) -> Why:
    connection = (
        http.client.HTTPSConnection(host, port, timeout=timeout_s, context=_trusting())
        if parts.scheme.lower() == "https"
        else http.client.HTTPConnection(host, port, timeout=timeout_s)
    )
    uri = _path(parts) or "/"
    known = Credentials.of(parts)
    try:
        connection.request("GET", uri)
        answer = connection.getresponse()
        if answer.status == 401 and known is not None:
            wanted = answer.headers.get_all("WWW-Authenticate") or []
            answer.read(_ANSWER_BYTES)
            connection.close()
            said = known.answer(wanted, "GET", uri)
            connection.request("GET", uri, headers={"Authorization": said} if said else {})
            answer = connection.getresponse()
        kind = answer.headers.get_content_type()
        if answer.status < 400 and kind.startswith("text/") and "Content-Type" in answer.headers:
            return Why(f"the server sends {kind} instead of video; check the path", True)
        return _judged(answer.status, known)
    finally:
        connection.close()
