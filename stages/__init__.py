"""The table of stages: the name a config uses, and where the class stands. Nothing is imported until it is built."""

from stages.filters import FILTERS

CATALOGUE: dict[str, str] = {
    **FILTERS,
    "classify": "stages.classify:Classifier",
    "cover-mask": "stages.mask_places:MaskCover",
    "on-mask": "stages.mask_places:MaskZone",
    "pose": "stages.pose:PoseFinder",
    "segment": "stages.segment:Segmenter",
    "events": "stages.events:EventStage",
    "faces": "stages.faces:FaceStage",
    "health": "stages.health:HealthStage",
    "identify": "stages.identify:Identifier",
    "mediapipe": "stages.mediapipe_tasks:MediaPipeLandmarks",
    "mediapipe_objects": "stages.mediapipe_tasks:MediaPipeObjects",
    "motion": "stages.motion:MotionGate",
    "moving": "stages.moving:MovingFinder",
    "overlay": "stages.overlay:Overlay",
    "read": "stages.read:TextReader",
    "redact": "stages.redact:Redactor",
    "ssd": "stages.ssd:SsdDetector",
    "track": "stages.track:ByteTracker",
    "zones": "stages.zones:ZoneCounter",
}
