"""The table of stages: the name a config uses, and where the class stands. Nothing is imported until it is built."""

CATALOGUE: dict[str, str] = {
    "events": "stages.events:EventStage",
    "health": "stages.health:HealthStage",
    "motion": "stages.motion:MotionGate",
    "moving": "stages.moving:MovingFinder",
    "overlay": "stages.overlay:Overlay",
    "ssd": "stages.ssd:SsdDetector",
    "track": "stages.track:ByteTracker",
    "zones": "stages.zones:ZoneCounter",
}
