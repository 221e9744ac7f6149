"""Results at an address: a real FTP server on the loopback gets them whole, and a later batch goes on from there."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from batch.place import Place, staging_of
from pipeline.errors import ConfigError, SinkError
from recordings import moving, record

pytest.importorskip("fsspec")
ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
stages:
  find: {use: "square_finder:SquareFinder"}
  track: {}
"""
SECRET = "pass-word"


@dataclass
class Server:
    """One that has a folder for results, and one for those who may only read."""

    folder: Path
    port: int

    def address(self, user: str = "me", path: str = "results") -> str:
        return f"ftp://{user}:{SECRET}@127.0.0.1:{self.port}/{path}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    handlers, servers = pytest.importorskip("pyftpdlib.handlers"), pytest.importorskip("pyftpdlib.servers")
    from pyftpdlib.authorizers import DummyAuthorizer

    folder = tmp_path / "server"
    folder.mkdir()
    users = DummyAuthorizer()
    users.add_user("me", SECRET, str(folder), perm="elradfmwMT")
    users.add_user("reader", SECRET, str(folder), perm="elr")
    handler: Any = type("Handler", (handlers.FTPHandler,), {"authorizer": users, "log": lambda *_, **__: None})
    made = servers.ThreadedFTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=made.serve_forever, kwargs={"timeout": 0.05, "handle_exit": False})
    thread.start()
    yield Server(folder, made.socket.getsockname()[1])
    made.close_all()
    thread.join()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "tests" / "square_finder.py", tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "clips").mkdir()
    record(tmp_path / "clips" / "long.mp4", moving(60), options={"g": "10", "bf": "0"})
    record(tmp_path / "clips" / "one.mp4", moving(20), options={"g": "600"})
    return tmp_path


def batch(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "run.py", "batch", *arguments, "-c", str(place / "config.yaml")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


def test_results_are_brought_to_an_address_whole_and_a_later_batch_goes_on_from_there(
    place: Path, server: Server
) -> None:
    clips, staging = str(place / "clips"), place / "staging"
    asked = (clips, "-o", server.address(), "--span", "1.5", "--staging", str(staging))
    done = batch(place, *asked)
    assert done.returncode == 0, done.stderr
    here = batch(place, clips, "-o", str(place / "here"), "--span", "1.5")
    assert here.returncode == 0, here.stderr
    there = server.folder / "results"
    for name in ("long.annotated.jsonl", "long.annotated.mp4", "one.annotated.jsonl", "one.annotated.mp4"):
        assert (there / name).read_bytes() == (place / "here" / name).read_bytes()
        assert not (staging / name).exists()
    assert not list(there.rglob("*.part"))
    report = json.loads((there / "report.json").read_text())
    assert report["recordings"][0]["files"][0] == f"ftp://***@127.0.0.1:{server.port}/results/long.annotated.mp4"
    told = done.stdout + done.stderr + (there / "report.html").read_text() + (there / "report.json").read_text()
    assert SECRET not in told

    shutil.rmtree(staging)  # another machine
    (there / "one.annotated.jsonl").write_bytes(b"cut")
    again = batch(place, *asked, "--resume")
    assert again.returncode == 0, again.stderr
    assert "1 of 2 recordings done, 1 were whole already" in again.stdout
    assert (there / "one.annotated.jsonl").read_bytes() == (place / "here/one.annotated.jsonl").read_bytes()


def test_a_place_that_takes_nothing_sets_recordings_aside_and_keeps_what_was_made(place: Path, server: Server) -> None:
    staging = place / "staging"
    one = str(place / "clips/one.mp4")
    done = batch(place, one, "-o", server.address("reader"), "--staging", str(staging))
    assert done.returncode in (1, 2)
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr + done.stdout
    assert (staging / "one.annotated.jsonl").stat().st_size
    assert not list(server.folder.iterdir())


def test_what_lies_at_a_place_is_told_and_a_file_is_replaced_whole(tmp_path: Path, server: Server) -> None:
    at = Place(server.address())
    assert at.names("", ".json") == []
    assert at.size("a.json") is None
    for content in (b"first", b"second one"):
        (tmp_path / "a.json").write_bytes(content)
        at.put(tmp_path / "a.json", "deep/a.json")
        assert at.size("deep/a.json") == len(content)
    at.get("deep/a.json", tmp_path / "back/a.json")
    assert (tmp_path / "back/a.json").read_bytes() == b"second one"
    assert at.names("deep", ".json") == ["a.json"]
    with pytest.raises(SinkError, match=r"cannot read none\.json at ftp://\*\*\*@127") as error:
        at.get("none.json", tmp_path / "none.json")
    assert SECRET not in str(error.value)


def test_an_address_that_is_none_is_a_mistake(place: Path) -> None:
    with pytest.raises(ConfigError, match="carrier-pigeon://roof"):
        Place("carrier-pigeon://roof")
    with pytest.raises(SinkError, match=r"ftp://\*\*\*@127.0.0.1:9/x does not answer"):
        Place("ftp://me:secret@127.0.0.1:9/x")
    done = batch(place, str(place / "clips"), "-o", str(place / "out"), "--staging", str(place))
    assert done.returncode == 2
    assert "--staging is for results at an address" in done.stderr


def test_an_address_has_the_same_folder_here_each_time(tmp_path: Path) -> None:
    assert staging_of("s3://a/b/", tmp_path) == staging_of("s3://a/b", tmp_path)
    assert staging_of("s3://a/b", tmp_path) != staging_of("s3://a/c", tmp_path)
