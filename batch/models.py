"""The models of a config, sent to a machine whose cache has none of them."""

from pathlib import Path

from commands.config_models import models_in
from models.cache import default_cache
from models.shelf import file_of, folder
from pipeline.config import Settings


def model_files(settings: Settings, cache: Path) -> dict[str, bytes]:
    """Every file of every model of the shelf that a config uses, by its path within the cache."""
    found = {}
    for spec in models_in(settings).values():
        place = folder(spec, cache)
        if any(cache in file_of(spec, form, cache).parents for form in spec.files) and place.is_dir():
            for path in sorted(place.rglob("*")):
                if path.is_file() and not path.name.startswith("."):
                    found[str(path.relative_to(cache))] = path.read_bytes()
    return found


def receive(files: dict[str, bytes], cache: Path | None = None) -> int:
    """Put files into this machine's cache, those that are not there; how many that were."""
    cache, put = cache or default_cache(), 0
    for name, content in files.items():
        path = cache / name
        if path.is_file():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.sent")
        part.write_bytes(content)
        part.replace(path)
        put += 1
    return put
