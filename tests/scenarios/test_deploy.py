"""What puts Sluice on a device: linted, and the install script run in a clean root, twice, and taken away again."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from commands.bundle_code import ROOMS

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def tool(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def install(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(DEPLOY / "install.sh"), "--root", str(root), *arguments]
    environment = {**os.environ, "PYTHON": sys.executable}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_the_install_script_is_clean() -> None:
    done = subprocess.run([tool("shellcheck"), str(DEPLOY / "install.sh")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    analyze = tool("systemd-analyze")
    unit = tmp_path / "sluice.service"
    text = (DEPLOY / "sluice.service").read_text()
    unit.write_text(text.replace("/opt/sluice/venv/bin/python", sys.executable))
    done = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if "sluice.service" in line]
    assert told == []


def test_every_variable_of_the_unit_is_in_the_file_that_it_reads() -> None:
    unit, told = (DEPLOY / "sluice.service").read_text(), (DEPLOY / "service.env").read_text()
    for name in ("SLUICE_CONFIG", "SLUICE_WEB", "SLUICE_OPTIONS"):
        assert f"${name}" in unit or f"${{{name}}}" in unit
        assert f"\n{name}=" in told


def test_every_room_that_the_program_needs_is_installed_and_in_the_images() -> None:
    rooms = [path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()]
    needed = sorted(set(rooms) - {"benchmarks", "tools", "tests"})
    script = (DEPLOY / "install.sh").read_text()
    for room in needed:
        assert f" {room} " in script.replace("\\\n", " "), room
        for image in ("Containerfile", "Containerfile.jetson"):
            assert f"COPY {room} /opt/sluice/{room}" in (DEPLOY / image).read_text(), (image, room)
        assert room in ROOMS


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only here can a 32-bit machine be played")
def test_a_machine_that_no_runtime_comes_for_is_told(tmp_path: Path) -> None:
    command = ["setarch", "i686", "sh", str(DEPLOY / "install.sh"), "--root", str(tmp_path / "root")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "a 64-bit system on x86-64 or Arm is needed, this is i686" in done.stderr
    assert not (tmp_path / "root").exists()


@pytest.mark.timeout(900)
def test_it_installs_again_and_again_keeps_what_is_yours_and_goes_without_a_trace(tmp_path: Path) -> None:
    root = tmp_path / "root"
    done = install(root)
    assert done.returncode == 0, done.stderr
    python, app = root / "opt/sluice/venv/bin/python", root / "opt/sluice/app"
    shown = subprocess.run(
        [python, app / "run.py", "--help"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert shown.returncode == 0, shown.stderr
    assert "live" in shown.stdout
    checked = [str(python), str(app / "run.py"), "check", str(root / "etc/sluice/config.yaml")]
    assert subprocess.run(checked, capture_output=True, check=False, cwd=tmp_path).returncode == 0
    assert oct((root / "etc/sluice/sources").stat().st_mode)[-3:] == "640"
    assert not list((root / "opt/sluice").glob("pip*"))

    (root / "etc/sluice/sources").write_text("rtsp://gate/1\n")
    mine = tmp_path / "mine.yaml"
    mine.write_text("stages: {motion: {}}\n")
    again = install(root, "--config", str(mine))
    assert again.returncode == 0, again.stderr
    assert (root / "etc/sluice/sources").read_text() == "rtsp://gate/1\n"
    assert (root / "etc/sluice/config.yaml").read_text() == mine.read_text()
    assert not list((root / "opt/sluice").glob("app.*"))

    assert install(root, "--remove").returncode == 0
    assert not (root / "opt/sluice").exists()
    assert (root / "etc/sluice/sources").exists()
    assert install(root, "--remove", "--purge").returncode == 0
    assert [path for path in root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--config", "nowhere.yaml"], "no config file nowhere.yaml"),
        (["--purge"], "--purge goes with --remove"),
        (["--fast"], "unknown option --fast"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_2(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = install(tmp_path / "root", *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert not (tmp_path / "root").exists()
