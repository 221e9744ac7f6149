"""Sources: what opens a recording or images and yields frames with their own times."""

from pathlib import Path

from pipeline.errors import SourceError
from pipeline.sources.config import SourceConfig
from pipeline.sources.images import ImageSource, is_image, list_images
from pipeline.sources.opencv import OpenCVSource
from pipeline.sources.places import is_pattern, require_file
from pipeline.sources.pyav import PyAVSource
from pipeline.stage import Source

__all__ = ["SourceConfig", "open_source"]


def open_source(target: str | Path, config: SourceConfig | None = None, limit: int | None = None) -> Source:
    """Open a recording, an image, a folder of images or a glob of images, and read its first frame.

    Args:
        target: A path, or a pattern such as `shots/*.png`. A file with that very name comes first.
        config: How to read it; the defaults when None.
        limit: Stop after so many frames; None reads to the end.

    Raises:
        SourceError: it cannot be read at all; the line says why and how to mend it.
        ValueError: `limit` is less than 1.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit: expected 1 or more, received {limit}")
    config = config or SourceConfig()
    path = Path(target)
    if "://" in str(target) and not path.exists():
        raise SourceError(
            f"cannot read an address ('{str(target).split('://')[0]}://...'): save the recording to a file first"
        )
    if path.is_dir() or is_pattern(path):
        return ImageSource(str(target), list_images(path), config.fps, limit)
    require_file(path)
    if is_image(path):
        return ImageSource(path.name, [path], config.fps, limit)
    if config.reader == "opencv":
        return OpenCVSource(path, config.threads, limit)
    return PyAVSource(path, config.threads, limit)
