import io
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from models.archives import take
from pipeline.errors import ModelError

MEMBER = PurePosixPath("folder/net.tflite")


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"weights")
    return path


def tarred(path: Path, *names: str) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 7
            archive.addfile(info, io.BytesIO(b"weights"))
    return path


@pytest.mark.parametrize("make", [zipped, tarred])
class TestBothKinds:
    def test_one_file_is_taken(self, make: type, tmp_path: Path) -> None:
        take(make(tmp_path / "a", str(MEMBER), "other"), MEMBER, tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == b"weights"

    @pytest.mark.parametrize("evil", ["../evil", "a/../../evil", "/etc/evil", "..\\evil"])
    def test_one_that_names_a_path_outside_is_not_used(self, make: type, tmp_path: Path, evil: str) -> None:
        with pytest.raises(ModelError, match="names a path outside of itself"):
            take(make(tmp_path / "a", str(MEMBER), evil), MEMBER, tmp_path / "out")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a"]

    def test_a_member_that_is_not_there_is_named(self, make: type, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match=r"^a holds no folder/net\.tflite"):
            take(make(tmp_path / "a", "other"), MEMBER, tmp_path / "out")

    def test_one_cut_short_is_told(self, make: type, tmp_path: Path) -> None:
        whole = make(tmp_path / "a", str(MEMBER)).read_bytes()
        (tmp_path / "a").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ModelError, match=r"^a is damaged: .*; run the same command again$"):
            take(tmp_path / "a", MEMBER, tmp_path / "out")


def test_what_is_no_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"<html>Not found</html>")
    with pytest.raises(ModelError, match=r"^a is damaged"):
        take(tmp_path / "a", MEMBER, tmp_path / "out")
