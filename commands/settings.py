"""From what a person names, a config file or a bundle, to checked settings."""

import json
import logging
from dataclasses import replace
from pathlib import Path

from models.bundle import CONFIG, run_golden_tests
from models.cache import default_cache
from models.unpack import is_bundle, open_bundle
from pipeline.config import Settings, check_settings
from pipeline.config_file import Document, read_document, with_overrides
from stages import CATALOGUE

logger = logging.getLogger(__name__)


def load_settings(config: Path, assignments: tuple[str, ...] = ()) -> Settings:
    """The settings of a config file, or of a bundle whose golden tests hold.

    Args:
        config: `.yaml`, or a bundle: a `.tar.gz` made by `python -m models bundle`, or the folder it was unpacked to.
        assignments: `a.b.c=value`, put in last.

    Raises:
        ConfigError: a mistake in the config.
        ModelError: the bundle is damaged, or a model of it is fed or answers otherwise than where it was packed.
    """
    document = _bundled(config) if is_bundle(config) else read_document(config)
    return check_settings(with_overrides(document, assignments), CATALOGUE)


def _bundled(path: Path) -> Document:
    folder, manifest = open_bundle(path, default_cache())
    for line in run_golden_tests(folder, manifest):
        logger.info("%s: as where it was packed", line)
    document = replace(read_document(folder / CONFIG), beside=None)  # no code is taken out of a bundle
    meant = {key: str((folder / name).resolve()) for key, name in manifest.paths.items()} | manifest.values
    return with_overrides(document, tuple(f"{key}={json.dumps(value)}" for key, value in meant.items()))
