"""What Home Assistant is told of a source, so that it shows it as a device without a line of configuration."""

from collections.abc import Mapping
from typing import Any

from pipeline.results.events import KINDS
from pipeline.sinks.data.config import plain_name

HIDDEN = ("kind", "classes")
"""Of the counts: not numbers."""


def discovery_message(base: str, source: str, counts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A device of MQTT device discovery (Home Assistant 2024.11 and later): its events, and a sensor for each count.

    Args:
        base: first part of the source's topics.
        source: name of the source.
        counts: what each area and line counts, by its name.
    """
    unit = f"sluice-{source}"
    parts: dict[str, Any] = {
        "events": {
            "platform": "event",
            "name": "Events",
            "unique_id": f"{unit}-events",
            "state_topic": f"{base}/events",
            "event_types": list(KINDS),
        }
    }
    for zone, told in counts.items():
        for what in told:
            if what in HIDDEN:
                continue
            parts[f"{plain_name(zone)}-{plain_name(what)}"] = {
                "platform": "sensor",
                "name": f"{zone} {what}",
                "unique_id": f"{unit}-{plain_name(zone)}-{plain_name(what)}",
                "state_topic": f"{base}/zones/{plain_name(zone)}",
                "value_template": f"{{{{ value_json.get('{what.replace(chr(39), '')}') }}}}",
                "state_class": "measurement" if what in ("count", "loitering") else "total_increasing",
            }
    return {
        "device": {"identifiers": [unit], "name": f"Sluice {source}", "manufacturer": "Sluice"},
        "origin": {"name": "Sluice"},
        "availability_topic": f"{base}/status",
        "components": parts,
    }
