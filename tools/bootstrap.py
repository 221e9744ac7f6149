"""Makes `.venv` with what Sluice needs; the standard library only, since it runs before anything is installed.

    python3 tools/bootstrap.py          # to run and to convert models
    python3 tools/bootstrap.py --dev    # and to test

A second run sees that nothing changed and is over at once. Where the libraries of a desktop are missing (a server, a
container, Pi OS Lite) it takes OpenCV without a window and says so.
"""

import argparse
import ctypes
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
OLDEST, NEWEST = (3, 11), (3, 13)
DESKTOP_LIBRARIES = ("libGL.so.1", "libgthread-2.0.so.0", "libX11.so.6", "libSM.so.6")
"""What opencv-python's wheel for Linux loads from the system at import."""


def say(line: str) -> None:
    """One line to the person who waits."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def has_desktop_libraries() -> bool:
    """Whether OpenCV with a window can be imported on this machine."""
    if not sys.platform.startswith("linux"):
        return True
    for library in DESKTOP_LIBRARIES:
        try:
            ctypes.CDLL(library)
        except OSError:
            return False
    return True


def requirement_files(desktop: bool, dev: bool) -> list[Path]:
    """The files to install, for this machine."""
    names = ["requirements.txt"] if desktop else ["requirements-edge.txt", "requirements-workshop.txt"]
    return [ROOT / name for name in (*names, *(["requirements-dev.txt"] if dev else []))]


def fingerprint(desktop: bool) -> str:
    """Changes when a requirement file, the kind of OpenCV or the interpreter does."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {desktop}".encode())
    for file in sorted(ROOT.glob("requirements*.txt")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def pip(*arguments: str, quiet: bool = False) -> int:
    """Run the environment's pip, with the user's own settings and mirror; returns its exit status."""
    out = subprocess.DEVNULL if quiet else None
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, check=False, stdout=out, stderr=out).returncode


def make_environment() -> None:
    """Create `.venv` where it is missing or was left half-made."""
    if PYTHON.exists() and pip("--version", quiet=True) == 0:
        return
    say(f"making {VENV.name} with Python {sys.version.split()[0]}")
    try:
        venv.create(VENV, with_pip=True, clear=True)
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"cannot make {VENV}: {error}; on Debian and Ubuntu: apt-get install python3-venv")


def install(desktop: bool, dev: bool) -> None:
    """Install the requirement files; ends the program with one line where that fails."""
    files = requirement_files(desktop, dev)
    say(f"installing {', '.join(file.name for file in files)} (TensorFlow is large: this takes a few minutes once)")
    arguments = [word for file in files for word in ("-r", str(file))]
    if pip("install", "--quiet", *arguments) != 0:
        sys.exit(
            "pip could not install the requirements (its reason is above); mend the network or the mirror, go again"
        )
    if subprocess.run([PYTHON, "-c", "import cv2"], capture_output=True, check=False).returncode != 0:
        sys.exit(f"OpenCV does not import; see: {PYTHON} -c 'import cv2'")


def main() -> None:
    """Make or refresh the environment."""
    parser = argparse.ArgumentParser(description="Make .venv with what Sluice needs.")
    parser.add_argument("--dev", action="store_true", help="also what tests and linters need")
    dev = parser.parse_args().dev
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        known = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
        sys.exit(f"Python {sys.version.split()[0]} is here; Sluice needs {known}: make PYTHON=python3.12 ...")
    desktop = has_desktop_libraries()
    stamp = VENV / ("sluice-dev.stamp" if dev else "sluice.stamp")
    wanted = fingerprint(desktop)
    if PYTHON.exists() and any(
        file.exists() and file.read_text() == wanted for file in (stamp, VENV / "sluice-dev.stamp")
    ):
        return
    make_environment()
    if not desktop:
        say("no libGL and its companions here: taking OpenCV without a window, so --window will be missing")
        if pip("show", "opencv-python", quiet=True) == 0:
            pip("uninstall", "--quiet", "--yes", "opencv-python")
    elif pip("show", "opencv-python-headless", quiet=True) == 0:  # two wheels would share one folder
        pip("uninstall", "--quiet", "--yes", "opencv-python-headless")
    install(desktop, dev)
    stamp.write_text(wanted)


if __name__ == "__main__":
    main()
