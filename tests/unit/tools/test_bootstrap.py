from pathlib import Path

from tools.bootstrap import ROOT, fingerprint, requirement_files


def names(desktop: bool, dev: bool) -> list[str]:
    return [file.name for file in requirement_files(desktop, dev)]


def test_a_machine_without_a_desktop_gets_opencv_without_a_window() -> None:
    assert names(desktop=True, dev=False) == ["requirements.txt"]
    assert names(desktop=False, dev=True) == [
        "requirements-edge.txt",
        "requirements-workshop.txt",
        "requirements-dev.txt",
    ]


def test_each_set_of_files_brings_exactly_one_opencv() -> None:
    def wheels(file: Path) -> list[str]:
        lines = file.read_text().splitlines()
        further = [wheel for line in lines if line.startswith("-r ") for wheel in wheels(ROOT / line[3:].strip())]
        return further + [line for line in lines if line.startswith("opencv")]

    for desktop in (True, False):
        assert len([wheel for file in requirement_files(desktop, dev=True) for wheel in wheels(file)]) == 1


def test_another_kind_of_opencv_is_another_environment() -> None:
    assert fingerprint(desktop=True) == fingerprint(desktop=True) != fingerprint(desktop=False)
