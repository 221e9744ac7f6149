from pathlib import Path

from batch.models import model_files, receive
from models.cache import default_cache
from pipeline.config import check_settings
from pipeline.config_file import Document
from stages import CATALOGUE


def test_a_machine_without_the_model_gets_it_and_one_that_has_it_keeps_its_own(
    person_model: Path, tmp_path: Path
) -> None:
    settings = check_settings(Document("test", {"stages": {"ssd": {}, "overlay": {}}}), CATALOGUE)
    files = model_files(settings, default_cache())
    assert any(name.endswith("model.onnx") for name in files)
    assert receive(files, tmp_path) == len(files)
    sent = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert sent == files
    first = next(iter(files))
    (tmp_path / first).write_bytes(b"its own")
    assert receive(files, tmp_path) == 0
    assert (tmp_path / first).read_bytes() == b"its own"
