import subprocess
from pathlib import Path

import pytest

from models.experiments.git import git_state


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, "-C", str(folder), *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "net.py").write_text("depth = 3\n")
    git(tmp_path, "add", "net.py")
    return tmp_path


def test_a_commit_is_clean_until_a_file_in_it_changes(repository: Path) -> None:
    git(repository, "commit", "-q", "-m", "Begin")
    (repository / "runs").mkdir()
    (repository / "runs" / "run.json").write_text("{}")
    clean = git_state(repository / "runs")
    assert isinstance(clean["commit"], str)
    assert len(clean["commit"]) == 40
    assert clean["dirty"] is False
    (repository / "net.py").write_text("depth = 4\n")
    assert git_state(repository) == {"commit": clean["commit"], "dirty": True}


def test_before_the_first_commit_and_outside_of_a_repository_there_is_no_state(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nothing = {"commit": None, "dirty": None}
    assert git_state(repository) == nothing
    assert git_state(tmp_path_factory.mktemp("elsewhere")) == nothing
    assert git_state(repository / "gone") == nothing


def test_without_git_there_is_no_state(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert git_state(repository)["commit"] is None
