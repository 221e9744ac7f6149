"""Live sources: cameras, streams, and recordings played as if they were cameras."""

from pathlib import Path

from pipeline.errors import SourceError
from pipeline.sources.live.addresses import is_address, shown
from pipeline.sources.live.cameras import find_camera, is_camera
from pipeline.sources.live.capture import AddressReader, CameraReader
from pipeline.sources.live.config import LiveConfig
from pipeline.sources.live.live import LiveSource, hung_readers
from pipeline.sources.live.recorded import RecordedReader
from pipeline.sources.live.status import SourceStatus, State

__all__ = ["LiveConfig", "LiveSource", "SourceStatus", "State", "hung_readers", "open_live"]


def open_live(target: str, config: LiveConfig | None = None) -> LiveSource:
    """A live source by what a person calls it; nothing is opened before it is iterated.

    Args:
        target: `0`, `/dev/video0`, part of a camera's name, an address, or a recording if `config.realtime` is set.
        config: How to read it.

    Raises:
        SourceError: no such camera, or a file that is not there.
    """
    config = config or LiveConfig()
    if is_address(target):
        return LiveSource(shown(target), lambda: AddressReader(target, config), config)
    path = Path(target)
    if config.realtime and path.is_file():
        return LiveSource(path.name, lambda: RecordedReader(path, config), config, may_end=True)
    if path.is_file() and not is_camera(target):
        raise SourceError(f"{target} is a recording: say --realtime to play it as if it were a camera, or use annotate")
    return LiveSource(find_camera(target).told, lambda: CameraReader(target, config), config)
