from pathlib import Path

import pytest

from pipeline.heat import FIRMWARE, Heat, Thermometer


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """As a Raspberry Pi 5 has it, with a disk that is warmer."""
    write(tmp_path, "class/thermal/thermal_zone0/type", "cpu-thermal\n")
    write(tmp_path, "class/thermal/thermal_zone0/temp", "61450\n")
    write(tmp_path, "class/thermal/thermal_zone1/type", "nvme\n")
    write(tmp_path, "class/thermal/thermal_zone1/temp", "80000\n")
    write(tmp_path, "class/thermal/cooling_device0/type", "pwm-fan\n")
    write(tmp_path, "class/thermal/cooling_device0/cur_state", "3\n")
    write(tmp_path, "class/thermal/cooling_device1/type", "cpufreq-cpu0\n")
    write(tmp_path, "class/thermal/cooling_device1/cur_state", "0\n")
    write(tmp_path, FIRMWARE, "0\n")
    return tmp_path


def test_the_processor_counts_and_neither_disks_nor_fans(board: Path) -> None:
    assert Thermometer(board).read() == Heat(61.45, slowed=False, undervoltage=False)


@pytest.mark.parametrize(
    ("bits", "slowed", "undervoltage"),
    [("50000", False, False), ("50005", True, True), ("1", False, True), ("2", True, False), ("8", True, False)],
)
def test_the_firmware_of_a_pi_tells_what_is_now_and_not_what_was(
    board: Path, bits: str, slowed: bool, undervoltage: bool
) -> None:
    write(board, FIRMWARE, bits + "\n")
    heat = Thermometer(board).read()
    assert (heat.slowed, heat.undervoltage) == (slowed, undervoltage)


def test_a_clock_that_is_held_down_is_a_board_that_is_slowed(board: Path) -> None:
    write(board, "class/thermal/cooling_device1/cur_state", "2\n")
    assert Thermometer(board).read().slowed


def test_a_sensor_that_goes_is_left_out(board: Path) -> None:
    thermometer = Thermometer(board)
    (board / "class/thermal/thermal_zone0/temp").unlink()
    assert thermometer.read() == Heat(None)
    write(board, "class/thermal/thermal_zone0/temp", "no number")
    assert thermometer.read() == Heat(None)


def test_a_machine_that_tells_nothing_is_not_warm(tmp_path: Path) -> None:
    assert Thermometer(tmp_path).read() == Heat(None)
