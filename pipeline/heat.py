"""How warm the board is, and whether it slows itself down: what Linux tells in files under /sys.

Every Linux has thermal zones and cooling devices (Documentation/driver-api/thermal/sysfs-api.rst); a Raspberry Pi's
firmware tells besides, as `vcgencmd get_throttled` does, whether the voltage is too low.
"""

from dataclasses import dataclass
from pathlib import Path

FIRMWARE = "devices/platform/soc/soc:firmware/get_throttled"
"""Of a Raspberry Pi: hexadecimal, the bits of `vcgencmd get_throttled`."""
UNDERVOLTAGE, SLOWED = 0x1, 0x2 | 0x4 | 0x8
"""Voltage too low now; frequency capped, throttled, or soft temperature limit active now."""
PROCESSORS = ("cpu", "soc", "x86_pkg", "gpu", "coretemp", "k10temp", "tj")
"""What zones of a processor are called; others are batteries, disks and radios."""
BRAKES = ("cpufreq", "cpu-", "processor", "thermal-cpufreq", "thermal-devfreq", "gpu")
"""What cooling devices that slow a processor are called; others are fans."""


@dataclass(frozen=True)
class Heat:
    """How it was at one moment."""

    celsius: float | None
    """Of the warmest part of the processor; None where nothing tells."""
    slowed: bool = False
    """Whether the board slows itself down."""
    undervoltage: bool = False
    """Whether its supply is too weak."""


class Thermometer:
    """Reads the board's own figures; a missing or unreadable one is left out.

    Args:
        root: Where sysfs is mounted.
    """

    def __init__(self, root: Path = Path("/sys")) -> None:
        thermal = root / "class" / "thermal"
        zones = [zone for zone in sorted(thermal.glob("thermal_zone*")) if _text(zone / "temp")]
        self._zones = [zone / "temp" for zone in zones if _is(zone, PROCESSORS)] or [zone / "temp" for zone in zones]
        self._brakes = [one / "cur_state" for one in sorted(thermal.glob("cooling_device*")) if _is(one, BRAKES)]
        self._firmware = root / FIRMWARE

    def read(self) -> Heat:
        """How it is now: a few reads of memory, some 0.1 ms."""
        degrees = [millis / 1000 for zone in self._zones if (millis := _number(zone)) is not None]
        bits = _number(self._firmware, base=16) or 0
        slowed = bool(bits & SLOWED) or any((_number(brake) or 0) > 0 for brake in self._brakes)
        return Heat(max(degrees, default=None), slowed, bool(bits & UNDERVOLTAGE))


def _is(device: Path, kinds: tuple[str, ...]) -> bool:
    return _text(device / "type").lower().startswith(kinds)


def _number(path: Path, base: int = 10) -> int | None:
    try:
        return int(_text(path), base)
    except ValueError:
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:  # gone, or the sensor is asleep
        return ""
