"""Downloads, from a real server on the loopback that can misbehave."""

import hashlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models.address import download, shown
from pipeline.errors import ModelError

CONTENT = bytes(range(256)) * 4096  # 1 MiB
SHA = hashlib.sha256(CONTENT).hexdigest()
NO_PAUSE = (0.0, 0.0)


class Server(ThreadingHTTPServer):
    """Serves `content`; what it does with the nth request is up to `plan`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.etag = CONTENT, '"one"'
        self.plan: list[str] = []
        self.ranges: list[str | None] = []
        self.sent = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/net.onnx"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server = self.server
        server.ranges.append(self.headers.get("Range"))
        act = server.plan.pop(0) if server.plan else "whole"
        if act.isdigit():
            self.send_error(int(act))
            return
        start = 0
        asked = self.headers.get("Range")
        if asked and act != "no ranges" and self.headers.get("If-Range") == server.etag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        body = server.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(server.content) - 1}/{len(server.content)}")
        self.send_header("ETag", server.etag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if act == "cut":
            body = body[: len(body) // 2]
        if act == "slow":
            time.sleep(0.3)
        server.sent += len(body)
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole_under_its_name_and_nothing_else_stays(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    target = download(
        server.address, tmp_path / "into" / "net.onnx", SHA, lambda done, total: told.append((done, total))
    )
    assert target.read_bytes() == CONTENT
    assert names(tmp_path / "into") == ["net.onnx"]
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_a_file_that_is_there_and_right_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(CONTENT)
    download(server.address, tmp_path / "net.onnx", SHA)
    assert server.ranges == []


def test_a_cut_off_download_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.plan = ["cut"]
    download(server.address, tmp_path / "net.onnx", SHA, pauses_s=NO_PAUSE)
    assert server.ranges == [None, f"bytes={len(CONTENT) // 2}-"]
    assert server.sent == len(CONTENT)


def test_what_one_call_left_the_next_one_uses(server: Server, tmp_path: Path) -> None:
    server.plan = ["cut"]
    with pytest.raises(ModelError, match=r"cut off after 524,288 of 1,048,576 bytes; .* 524,288 bytes are kept"):
        download(server.address, tmp_path / "net.onnx", SHA, pauses_s=())
    assert names(tmp_path) == [".net.onnx.part", ".net.onnx.part.json"]
    download(server.address, tmp_path / "net.onnx", SHA, pauses_s=())
    assert server.sent == len(CONTENT)
    assert names(tmp_path) == ["net.onnx"]


def test_a_file_that_changed_on_the_server_is_begun_anew(server: Server, tmp_path: Path) -> None:
    server.plan = ["cut"]
    with pytest.raises(ModelError):
        download(server.address, tmp_path / "net.onnx", None, pauses_s=())
    server.content, server.etag = CONTENT[::-1], '"two"'
    assert download(server.address, tmp_path / "net.onnx", None).read_bytes() == CONTENT[::-1]


def test_a_server_without_ranges_is_read_from_the_start(server: Server, tmp_path: Path) -> None:
    server.plan = ["cut", "no ranges"]
    assert download(server.address, tmp_path / "net.onnx", SHA, pauses_s=NO_PAUSE).read_bytes() == CONTENT


def test_a_fault_that_can_pass_is_tried_again(server: Server, tmp_path: Path) -> None:
    server.plan = ["503", "429"]
    download(server.address, tmp_path / "net.onnx", SHA, pauses_s=NO_PAUSE)
    assert len(server.ranges) == 3


@pytest.mark.parametrize("code", ["403", "404"])
def test_a_fault_that_stays_is_told_at_once(server: Server, tmp_path: Path, code: str) -> None:
    server.plan = [code]
    with pytest.raises(ModelError, match=rf"cannot get http://127\S+: the server says {code} .*--models-dir"):
        download(server.address, tmp_path / "net.onnx", SHA)
    assert len(server.ranges) == 1
    assert names(tmp_path) == []


def test_another_checksum_is_refused_and_not_kept(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has SHA-256 \w{12}…, expected 0{12}…"):
        download(server.address, tmp_path / "net.onnx", "0" * 64)
    assert names(tmp_path) == []


def test_no_server_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no answer .*check the network"):
        download("http://127.0.0.1:9/net.onnx", tmp_path / "net.onnx", SHA, pauses_s=())
    assert names(tmp_path) == []


def test_a_server_that_falls_silent_is_given_up(server: Server, tmp_path: Path) -> None:
    server.plan = ["slow"]
    with pytest.raises(ModelError, match="the connection broke"):
        download(server.address, tmp_path / "net.onnx", SHA, pauses_s=(), timeout_s=0.05)


def test_two_at_once_fetch_it_once(server: Server, tmp_path: Path) -> None:
    server.plan = ["slow"]
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(download, server.address, tmp_path / "net.onnx", SHA) for _ in range(2)]
        assert [one.result().read_bytes() == CONTENT for one in both] == [True, True]
    assert len(server.ranges) == 1


def test_a_folder_that_cannot_be_made_is_told(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match=r"cannot write to \S+/file/into: Not a directory"):
        download(server.address, tmp_path / "file" / "into" / "net.onnx", SHA)


def test_a_full_disk_is_told_and_leaves_no_file_under_the_name(server: Server, tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        with pytest.raises(ModelError, match=r"cannot write to .*: File too large; free the disk"):
            download(server.address, tmp_path / "net.onnx", SHA)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "net.onnx").exists()


def test_no_secret_of_an_address_is_shown() -> None:
    assert "secret" not in shown("https://me:secret@host/a?key=secret")
