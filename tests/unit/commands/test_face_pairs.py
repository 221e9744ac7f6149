"""Lists of pairs in the layouts that people have."""

from collections.abc import Callable
from pathlib import Path

import pytest

from commands.face_pairs import read_pairs
from pipeline.errors import ConfigError

Listed = Callable[[str], Path]


@pytest.fixture
def listed(tmp_path: Path) -> Listed:
    """A list in a folder with pictures a.jpg, b.jpg and sub/c d.jpg."""
    (tmp_path / "sub").mkdir()
    for name in ("a.jpg", "b.jpg", "sub/c d.jpg", "é.png"):
        (tmp_path / name).touch()

    def write(text: str) -> Path:
        path = tmp_path / "pairs.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        "a.jpg,b.jpg,1\na.jpg,sub/c d.jpg,0\n",
        "a,b,same\na.jpg,b.jpg,true\na.jpg,sub/c d.jpg,false\n",
        "a.jpg\tb.jpg\tsame\na.jpg\tsub/c d.jpg\tdifferent\n",
        "\ufeffpath1\tpath2\tlabel\r\na.jpg\tb.jpg\t1\r\n\r\na.jpg\tsub/c d.jpg\t0\r\n",
        "a.jpg;b.jpg;TRUE\na.jpg;sub/c d.jpg;FALSE",
        '# made by hand\n"a.jpg", "b.jpg", "Yes"\n"a.jpg", "sub/c d.jpg", "No"\n',
        "id,same,image1,image2\n7,1,a.jpg,b.jpg\n8,0,a.jpg,sub/c d.jpg\n",
        "left picture,right picture,truth\na.jpg,b.jpg,1\na.jpg,sub/c d.jpg,0\n",
        "./a.jpg,b.jpg,1.0\na.jpg,sub/c d.jpg,0.0\n",
    ],
)
def test_tables_are_read_with_any_mark_and_with_or_without_a_header(listed: Listed, text: str) -> None:
    pairs = read_pairs(listed(text))
    assert pairs.same.tolist() == [True, False]
    assert [path.name for path in pairs.a] == ["a.jpg", "a.jpg"]
    assert [path.name for path in pairs.b] == ["b.jpg", "c d.jpg"]


def test_a_first_line_whose_pictures_are_there_is_no_header(listed: Listed, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").touch()
    assert read_pairs(listed("a,b,same\na,a.jpg,different\n")).same.tolist() == [True, False]


def test_blanks_part_fields_where_nothing_else_does(listed: Listed) -> None:
    assert read_pairs(listed("a.jpg b.jpg 1\na.jpg é.png 0\n")).same.tolist() == [True, False]


def test_the_layout_of_labeled_faces_in_the_wild_is_read_with_its_folds(tmp_path: Path) -> None:
    root = tmp_path / "lfw"
    for name, count in (("Ada_Lovelace", 4), ("Bo", 2)):
        for number in range(1, count + 1):
            path = root / name / f"{name}_{number:04d}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    text = "2\t1\nAda_Lovelace\t1\t4\nAda_Lovelace\t1\tBo\t2\nBo\t1\t2\nBo\t1\tAda_Lovelace\t3\n"
    path = tmp_path / "pairs.txt"
    path.write_text(text)
    for pairs in (read_pairs(path), read_pairs(path, root)):
        assert pairs.same.tolist() == [True, False, True, False]
        assert pairs.fold is not None and pairs.fold.tolist() == [0, 0, 1, 1]
        assert (pairs.a[1].name, pairs.b[1].name) == ("Ada_Lovelace_0001.jpg", "Bo_0002.jpg")
    path.write_text("1\nBo\t1\t2\nBo\t1\tAda_Lovelace\t3\n")  # the shorter lists say how many only
    assert read_pairs(path, root).fold is None


def test_pictures_are_looked_for_in_the_folder_named_first(listed: Listed, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.jpg").touch()
    pairs = read_pairs(listed("a.jpg,b.jpg,1\na.jpg,é.png,0\n"), tmp_path / "other")
    assert pairs.a[0].parent.name == "other" and pairs.b[0].parent == tmp_path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "are empty"),
        ("a.jpg,b.jpg,1\n", "all of one kind"),
        ("a.jpg,b.jpg,1\na.jpg,b.jpg,maybe\n", "line 2: 'maybe' is neither"),
        ("a.jpg,b.jpg,1\na.jpg,zz.jpg,0\n", r"line 2: no picture zz\.jpg"),
        ("a.jpg,b.jpg,1\na.jpg,0\n", "line 2: expected two pictures"),
        ("Ada 1 2\nAda 1 Bo 2\n", "line 1: no picture Ada/Ada_0001"),
    ],
)
def test_a_mistake_is_told_with_its_line(listed: Listed, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_pairs(listed(text))


def test_some_of_the_pairs_are_of_both_kinds(listed: Listed) -> None:
    pairs = read_pairs(listed("a.jpg,b.jpg,1\n" * 50 + "a.jpg,é.png,0\n" * 50)).some(10)
    assert len(pairs) == 10 and pairs.same.sum() == 5
