"""What a config needs, in one file to carry to a device: config, weights, checksums, and a test of each model."""

import gzip
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import cv2
import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.backend import FORMS, READS, Opening, Precision, Runtime, limits_of, open_form
from models.cache import sha256_of
from models.golden import check_golden, make_golden
from models.origins import Sha256
from models.resolve import load_spec
from models.shelf import cached_forms, command_for, ensure, file_of
from models.spec import Form, ModelFile, ModelSpec
from pipeline.errors import ModelError

MANIFEST = "MANIFEST.json"
CONFIG = "config.yaml"
PICTURE = "golden.png"
Member = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*)*$")]
"""Path inside a bundle: relative, by '/', and never upwards."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PackedFile(_Data):
    """A file of the bundle."""

    sha256: Sha256
    bytes: int


class PackedModel(_Data):
    """A model of the bundle."""

    form: Form
    spec: Member
    golden: Member


class Manifest(_Data):
    """What is in a bundle, and what its config means there."""

    bundle: Literal[1] = 1
    """Counts up when older programs can no longer read it."""
    models: dict[str, PackedModel]
    paths: dict[str, Member]
    """Settings of the config, such as 'stages.ssd.model', that name a file of the bundle."""
    values: dict[str, str]
    """Settings of the config that are fixed by what was packed, such as 'stages.ssd.runtime'."""
    files: dict[Member, PackedFile]
    """Everything but the manifest."""


def choose_form(spec: ModelSpec, cache: Path, runtime: Runtime, precision: Precision) -> Form:
    """The form that a device with that runtime is given.

    Raises:
        ModelError: it is not in the cache; the message has the command that makes it.
    """
    there = ensure(spec, cache) if precision == "full" else cached_forms(spec, cache)
    wanted = [form for form in FORMS[precision] if form in READS[runtime]]
    found = [form for form in wanted if form in there]
    if found:
        return found[0]
    makes = wanted and (spec.run is not None or precision not in ("full", "dynamic"))
    mend = f", or run: {command_for(spec, wanted[0])}" if makes else ""
    raise ModelError(
        f"model '{spec.name}' has no {precision} {runtime} file, only {', '.join(there) or 'none'};"
        f" take another --runtime{mend}"
    )


def pack_model(spec: ModelSpec, form: Form, cache: Path, picture: np.ndarray) -> tuple[PackedModel, dict[str, bytes]]:
    """One model for a bundle: where its parts go, and the bytes of each.

    Args:
        spec: Which.
        form: Which of its files.
        cache: Where it lies.
        picture: `(H, W, 3) uint8` BGR, for its golden test.

    Raises:
        ModelError: its file is damaged, or no runtime is here to make the golden test with.
    """
    path, home = file_of(spec, form, cache), f"models/{spec.name}.{form}"
    backend = open_form(spec, form, cache, Opening(spec.name, limits=limits_of(spec.input)))
    golden = make_golden(spec, backend, picture)
    backend.close()
    file = ModelFile(file=Path(path.name), sha256=sha256_of(path))
    alone = spec.model_copy(update={"files": {form: file}})
    said = yaml.safe_dump(alone.model_dump(mode="json", exclude={"original", "default", "run"}), sort_keys=False)
    packed = PackedModel(form=form, spec=f"{home}/spec.yaml", golden=f"{home}/golden.npz")
    return packed, {packed.spec: said.encode(), packed.golden: golden, f"{home}/{path.name}": path.read_bytes()}


def png(picture: np.ndarray) -> bytes:
    """A picture, `(H, W, 3) uint8` BGR, as a file that loses nothing."""
    return cv2.imencode(".png", picture)[1].tobytes()


def write_bundle(
    target: Path,
    files: Mapping[str, bytes],
    models: Mapping[str, PackedModel],
    paths: Mapping[str, str],
    values: Mapping[str, str],
) -> Manifest:
    """Write a bundle, whole or not at all; the same content gives the same bytes.

    Raises:
        ModelError: it cannot be written there.
    """
    listed = {
        name: PackedFile(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data)) for name, data in files.items()
    }
    manifest = Manifest(models=dict(models), paths=dict(paths), values=dict(values), files=listed)
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, sort_keys=True) + "\n"
    members = {**files, MANIFEST: text.encode()}
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}-", delete=False) as part:
            try:
                with (
                    gzip.GzipFile("", "wb", compresslevel=6, fileobj=part, mtime=0) as zipped,
                    tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
                ):
                    for name in sorted(members):
                        entry = tarfile.TarInfo(name)  # owner 0, time 0, mode 0644
                        entry.size = len(members[name])
                        tar.addfile(entry, io.BytesIO(members[name]))
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).chmod(0o644)
                Path(part.name).replace(target)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise ModelError(f"cannot write {target}: {error.strerror}; name another file with -o") from error
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an unpacked bundle, every file checked against it.

    Raises:
        ModelError: it is no bundle, or a file is missing or not the one that was packed.
    """
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise ModelError(f"{folder} is no bundle: it has no {MANIFEST}; name what `bundle` wrote") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ModelError(f"{folder}: {MANIFEST} is damaged: {where}: {first['msg']}; pack it again") from error
    named = {CONFIG, PICTURE, *manifest.paths.values()}
    named |= {name for model in manifest.models.values() for name in (model.spec, model.golden)}
    for name in sorted(named - manifest.files.keys()):
        raise ModelError(f"{folder}: {MANIFEST} has no checksum of {name}; pack it again")
    for name, wants in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise ModelError(f"{folder}: {name} is missing; unpack or copy the bundle again")
        if path.stat().st_size != wants.bytes or sha256_of(path) != wants.sha256:
            raise ModelError(f"{folder}: {name} is not what was packed (SHA-256 differs); copy the bundle again")
    return manifest


def run_golden_tests(folder: Path, manifest: Manifest) -> list[str]:
    """Run each model of an unpacked bundle on its picture; what they run in.

    Raises:
        ModelError: one is fed or answers otherwise than where it was packed, or has no runtime here.
    """
    picture = cv2.imread(str(folder / PICTURE))
    if picture is None:
        raise ModelError(f"{folder}: {PICTURE} is no picture; pack the bundle again")
    ran = []
    for packed in manifest.models.values():
        spec = load_spec(folder / packed.spec)
        if packed.form not in spec.files:
            raise ModelError(f"{folder}: {packed.spec} names no {packed.form} file; pack the bundle again")
        weights = file_of(spec, packed.form, folder).resolve()
        if not weights.is_relative_to(folder.resolve()):
            raise ModelError(f"{folder}: {packed.spec} names a file outside of the bundle: not used")
        backend = open_form(spec, packed.form, folder, Opening(spec.name, limits=limits_of(spec.input)))
        try:
            check_golden(spec, backend, picture, (folder / packed.golden).read_bytes())
            ran.append(f"{spec.name} ({packed.form}) in {backend.runtime}")
        finally:
            backend.close()
    return ran
