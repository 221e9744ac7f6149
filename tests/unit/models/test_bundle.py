"""Bundles go through the real archive, the real network and the real golden test."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import yaml

from models.bundle import CONFIG, MANIFEST, PICTURE, Manifest, choose_form, pack_model, png, run_golden_tests
from models.bundle import write_bundle as write
from models.golden import golden_picture
from models.shelf import find
from models.unpack import open_bundle, unpack
from pipeline.errors import ModelError

SSDLITE = find("person-ssdlite")
HOME = "models/person-ssdlite.tflite"
Content = dict[str, bytes]


def pack(cache: Path, output: Path) -> Path:
    picture = golden_picture()
    model, parts = pack_model(SSDLITE, "tflite", cache, picture)
    files = {CONFIG: b"stages: {ssd: {}}\n", PICTURE: png(picture), **parts}
    write(output, files, {"person-ssdlite.tflite": model}, {"stages.ssd.model": model.spec}, {})
    return output


@pytest.fixture(scope="module")
def bundle(person_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(person_model.parents[1], tmp_path_factory.mktemp("bundle") / "edge.tar.gz")


def load(path: Path, cache: Path) -> list[str]:
    return run_golden_tests(*open_bundle(path, cache))


def changed(bundle: Path, output: Path, change: Callable[[Content], object], *, signed: bool = True) -> Path:
    """The bundle with other content; `signed`: with a manifest that agrees with it."""
    with tarfile.open(bundle) as archive:
        content = {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]
    change(content)
    if signed:
        manifest = json.loads(content[MANIFEST])
        manifest["files"] = {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in content.items()
            if name != MANIFEST
        }
        content[MANIFEST] = json.dumps(manifest).encode()
    with tarfile.open(output, "w:gz", compresslevel=0) as archive:
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return output


def with_input(**fields: object) -> Callable[[Content], None]:
    def change(content: Content) -> None:
        spec = yaml.safe_load(content[f"{HOME}/spec.yaml"])
        spec["input"] |= fields
        content[f"{HOME}/spec.yaml"] = yaml.safe_dump(spec).encode()

    return change


def test_what_was_packed_answers_the_same_with_an_empty_cache(bundle: Path, tmp_path: Path) -> None:
    (ran,) = load(bundle, tmp_path)
    assert ran.startswith("person-ssdlite (tflite) in ")
    assert load(bundle, tmp_path) == [ran]
    assert len(list((tmp_path / "bundles").iterdir())) == 1


def test_several_that_load_it_at_once_share_one_folder(bundle: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        folders = {folder for folder, _ in pool.map(lambda _: open_bundle(bundle, tmp_path), range(4))}
    assert list((tmp_path / "bundles").iterdir()) == list(folders)


def test_a_folder_that_was_unpacked_loads_too(bundle: Path, tmp_path: Path) -> None:
    unpack(bundle, tmp_path / "device")
    assert len(load(tmp_path / "device", tmp_path / "cache")) == 1
    with pytest.raises(ModelError, match="is there already"):
        unpack(bundle, tmp_path / "device")


def test_the_same_content_gives_the_same_bytes(bundle: Path, pulled: Path, tmp_path: Path) -> None:
    assert pack(pulled, tmp_path / "again.tar.gz").read_bytes() == bundle.read_bytes()
    with bundle.open("rb") as file:
        assert file.read(10)[4:8] == bytes(4)  # the time of packing


def test_it_holds_just_what_is_needed(bundle: Path) -> None:
    with tarfile.open(bundle) as archive:
        held = archive.getnames()
    assert held == [
        MANIFEST,
        CONFIG,
        PICTURE,
        *(f"{HOME}/{name}" for name in ("golden.npz", "model.tflite", "spec.yaml")),
    ]


@pytest.mark.parametrize(
    "fields", [{"colour": "bgr"}, {"mean": 0.0}, {"scale": 0.007}, {"mean": 120.0}, {"size": [320, 320]}], ids=str
)
def test_another_colour_order_scale_or_size_is_refused(bundle: Path, tmp_path: Path, fields: dict[str, object]) -> None:
    other = changed(bundle, tmp_path / "b.tar.gz", with_input(**fields))
    with pytest.raises(ModelError, match="'person-ssdlite' is fed otherwise than where it was packed") as caught:
        load(other, tmp_path / "cache")
    assert "\n" not in str(caught.value)


def test_weights_that_answer_otherwise_are_refused(bundle: Path, tmp_path: Path) -> None:
    def change(content: Content) -> None:
        weights = bytearray(content[f"{HOME}/model.tflite"])
        at = len(weights) // 2 // 4 * 4
        weights[at : at + 400_000] = bytes(400_000)
        content[f"{HOME}/model.tflite"] = bytes(weights)
        spec = yaml.safe_load(content[f"{HOME}/spec.yaml"])
        spec["files"]["tflite"]["sha256"] = hashlib.sha256(weights).hexdigest()
        content[f"{HOME}/spec.yaml"] = yaml.safe_dump(spec).encode()

    with pytest.raises(ModelError, match="'person-ssdlite' answers otherwise than where it was packed"):
        load(changed(bundle, tmp_path / "b.tar.gz", change), tmp_path / "cache")


def test_a_golden_test_of_other_outputs_is_refused(bundle: Path, tmp_path: Path) -> None:
    def change(content: Content) -> None:
        with np.load(io.BytesIO(content[f"{HOME}/golden.npz"])) as kept:
            out = io.BytesIO()
            np.savez(out, batch=kept["batch"], output_0=kept["output_0"])
        content[f"{HOME}/golden.npz"] = out.getvalue()

    with pytest.raises(ModelError, match="gives 2 outputs, not 1"):
        load(changed(bundle, tmp_path / "b.tar.gz", change), tmp_path / "cache")


@pytest.mark.parametrize("name", [CONFIG, PICTURE, f"{HOME}/spec.yaml", f"{HOME}/model.tflite", f"{HOME}/golden.npz"])
def test_a_file_that_was_tampered_with_is_named(bundle: Path, tmp_path: Path, name: str) -> None:
    def change(content: Content) -> None:
        content[name] = content[name][:-1] + bytes([content[name][-1] ^ 1])

    other = changed(bundle, tmp_path / "b.tar.gz", change, signed=False)
    with pytest.raises(ModelError, match=rf"b\.tar\.gz: {name} is not what was packed"):
        load(other, tmp_path / "cache")
    assert list((tmp_path / "cache" / "bundles").iterdir()) == []


def test_a_missing_file_is_named(bundle: Path, tmp_path: Path) -> None:
    other = changed(bundle, tmp_path / "b.tar.gz", lambda content: content.pop(f"{HOME}/golden.npz"), signed=False)
    with pytest.raises(ModelError, match=r"golden\.npz is missing"):
        load(other, tmp_path / "cache")
    unsigned = changed(bundle, tmp_path / "c.tar.gz", lambda content: content.pop(CONFIG))
    with pytest.raises(ModelError, match=r"has no checksum of config\.yaml"):
        load(unsigned, tmp_path / "cache")


def test_a_file_that_the_manifest_does_not_name_is_refused(bundle: Path, tmp_path: Path) -> None:
    other = changed(bundle, tmp_path / "b.tar.gz", lambda content: content.update(more=b"x"), signed=False)
    with pytest.raises(ModelError, match=r"holds 'more', which its MANIFEST\.json does not name"):
        load(other, tmp_path / "cache")


def test_what_was_unpacked_and_then_meddled_with_is_taken_out_anew(bundle: Path, tmp_path: Path) -> None:
    load(bundle, tmp_path)
    (home,) = (tmp_path / "bundles").iterdir()
    (home / CONFIG).write_text("stages: {}\n")
    load(bundle, tmp_path)
    assert (home / CONFIG).read_text() == "stages: {ssd: {}}\n"


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "a\\..\\evil", "c:evil", "./a", "a//b"])
def test_a_path_outside_of_the_bundle_is_refused(bundle: Path, tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo(name))
    with pytest.raises(ModelError, match="which is no plain file inside it: not used"):
        load(tmp_path / "b.tar.gz", tmp_path / "cache")
    assert list((tmp_path / "cache" / "bundles").iterdir()) == []
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        link = tarfile.TarInfo(CONFIG)
        link.type, link.linkname = kind, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(ModelError, match="which is no plain file inside it: not used"):
        load(tmp_path / "b.tar.gz", tmp_path / "cache")


@pytest.mark.parametrize("content", [b"", b"no archive", 100, 1_000_000, -40_000])
def test_what_is_no_bundle_or_cut_short_is_one_line(bundle: Path, tmp_path: Path, content: bytes | int) -> None:
    path = tmp_path / "b.tar.gz"
    path.write_bytes(bundle.read_bytes()[:content] if isinstance(content, int) else content)
    with pytest.raises(ModelError, match=r"b\.tar\.gz is cut short or no bundle|MANIFEST") as caught:
        load(path, tmp_path / "cache")
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "cache" / "bundles").iterdir()) == []


def test_bytes_that_changed_on_the_way_are_told(bundle: Path, tmp_path: Path) -> None:
    data = bytearray(bundle.read_bytes())
    data[-6] ^= 1
    data[len(data) // 2] ^= 1
    (tmp_path / "b.tar.gz").write_bytes(data)
    with pytest.raises(ModelError, match=r"b\.tar\.gz(: \S+ is not what was packed| is cut short or no bundle)"):
        load(tmp_path / "b.tar.gz", tmp_path / "cache")


def test_a_bundle_of_a_later_version_is_told(bundle: Path, tmp_path: Path) -> None:
    def change(content: Content) -> None:
        content[MANIFEST] = json.dumps({**json.loads(content[MANIFEST]), "bundle": 2}).encode()

    with pytest.raises(ModelError, match=r"MANIFEST\.json is damaged: bundle: "):
        load(changed(bundle, tmp_path / "b.tar.gz", change, signed=False), tmp_path / "cache")


def test_a_manifest_cannot_name_what_is_outside() -> None:
    for name in ("../x", "/x", "a/../x", ".x"):
        with pytest.raises(ValueError, match="pattern"):
            Manifest(models={}, paths={"stages.ssd.model": name}, values={}, files={})


def test_a_spec_cannot_name_weights_outside(bundle: Path, tmp_path: Path) -> None:
    def change(content: Content) -> None:
        spec = yaml.safe_load(content[f"{HOME}/spec.yaml"])
        spec["files"]["tflite"]["file"] = "../../../../../weights.tflite"
        content[f"{HOME}/spec.yaml"] = yaml.safe_dump(spec).encode()

    with pytest.raises(ModelError, match="names a file outside of the bundle"):
        load(changed(bundle, tmp_path / "b.tar.gz", change), tmp_path / "cache")


def test_one_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no bundle .*; make one with: python -m models bundle -c CONFIG"):
        open_bundle(tmp_path / "edge.tar.gz", tmp_path)


def test_a_place_that_cannot_be_written_is_told(pulled: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot write .*: No such file"):
        pack(pulled, tmp_path / "nowhere" / "a.tar.gz")


def test_a_form_that_nobody_made_is_told(pulled: Path) -> None:
    assert choose_form(SSDLITE, pulled, "onnx", "full") == "onnx"
    with pytest.raises(ModelError, match=r"has no float16 onnx file, only onnx, tflite.*quantize person-ssdlite"):
        choose_form(SSDLITE, pulled, "onnx", "float16")


def test_a_grey_picture_proves_nothing_and_is_refused(pulled: Path) -> None:
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 256, axis=1).repeat(3, axis=2)
    with pytest.raises(ModelError, match="too grey to prove the order of its colours"):
        pack_model(SSDLITE, "tflite", pulled, grey)
