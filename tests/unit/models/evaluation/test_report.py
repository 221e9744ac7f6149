import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.evaluation.classifier import Classifier
from models.evaluation.corruptions import CORRUPTIONS
from models.evaluation.html import share, table
from models.evaluation.judge import Evaluation, as_json, judge
from models.evaluation.questions import Questions
from models.evaluation.report import page
from models.evaluation.robustness import Robustness
from models.evaluation.speed import Speed
from models.evaluation.written import _put_worst, write_evaluation
from pipeline.errors import SinkError

LABELS = ("cat & <b>dog</b>", "$x^2$", "猫")


def asked(count: int = 30) -> Questions:
    """Grey squares: the first column is as bright as the class is high."""
    truth = np.arange(count) % 3
    images = np.zeros((count, 6, 6, 1), np.uint8)
    images[:, :, 0, 0] = (truth * 100)[:, None]
    names = tuple(f"a<{number}>.png" for number in range(count))
    return Questions(images, truth, names, "squares", "test", True, ("Note <1>.",))


def by_column(images: np.ndarray) -> np.ndarray:
    """Surely right, but of every tenth picture, which is taken for the class above."""
    said = images[:, 0, 0, 0] // 100
    said[::10] = (said[::10] + 1) % 3
    return np.asarray(np.eye(3)[said] * 0.88 + 0.04)


@pytest.fixture(scope="module")
def told() -> Evaluation:
    with Classifier(LABELS, (6, 6), 1, "keras", by_column, runtime="a runtime") as classifier:
        found = judge("squares", classifier, asked(), speeds=(Speed("onnx", "ort", 0.5, 2000, 30),), temperature=1.25)
    return replace(found, robustness=Robustness(30, 0.9, dict.fromkeys(CORRUPTIONS, (0.9, 0.8, 0.7, 0.6, 0.5))))


@pytest.fixture(scope="module")
def folder(told: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report")
    write_evaluation(told, place)
    return place


def test_every_picture_is_asked_about_once_and_progress_ends_at_the_last() -> None:
    seen: list[tuple[int, int]] = []
    with Classifier(LABELS, (6, 6), 1, "keras", by_column) as classifier:
        found = judge("squares", classifier, asked(300), told=lambda done, total: seen.append((done, total)))
    assert seen == [(256, 300), (300, 300)]
    assert found.scores.right == 300 - 26 - 5  # each batch begins anew: 256 and 44


def test_corrupted_pictures_are_asked_about_at_every_strength() -> None:
    calls: list[int] = []

    def run(images: np.ndarray) -> np.ndarray:
        calls.append(len(images))
        return by_column(images)

    with Classifier(LABELS, (6, 6), 1, "keras", run) as classifier:
        found = judge("squares", classifier, asked(), corruptions=True)
    assert calls == [30] * 77
    assert found.robustness is not None
    assert found.robustness.clean == found.scores.accuracy


def test_the_page_holds_everything_and_needs_nothing(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    heads = re.findall(r"<h2>(.*?)</h2>", page)
    assert heads == [
        "What it mixes up",
        "Worst mistakes",
        "Each class",
        "How sure it is, and how right",
        "ROC, precision and recall",
        "What it bears",
        "How slow it is",
        "About",
    ]
    assert "<script" not in page
    assert not re.search(r'(src|href|srcset)="(?!data:)', page)
    assert "the test split of squares" in page
    assert "divided by 1.250" in page
    assert 'name=viewport content="width=device-width' in page
    assert page.count("prefers-color-scheme: dark)") == 6


def test_what_names_contain_is_text_and_no_markup(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<b>dog</b>" not in page
    assert "cat &amp; &lt;b&gt;dog&lt;/b&gt;" in page
    assert 'title="a&lt;0&gt;.png"' in page
    assert "Note &lt;1&gt;." in page
    assert "猫" in page


def test_every_element_is_closed(folder: Path) -> None:
    from html.parser import HTMLParser

    opened: list[str] = []

    class Check(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("meta", "img", "source", "br"):
                opened.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

    Check().feed((folder / "report.html").read_text(encoding="utf-8"))
    assert opened == []


def test_figures_and_metrics_lie_beside_it(folder: Path, told: Evaluation) -> None:
    names = {path.name for path in folder.iterdir()}
    pictures = {f"{name}.png" for name in ("confusion", "roc", "pr", "reliability", "corruptions", "worst")}
    assert names == pictures | {"report.html", "metrics.json", "classification.txt", "predictions.npz"}
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics == as_json(told)
    assert (metrics["accuracy"], metrics["pictures"], metrics["split"]) == (0.9, 30, "test")
    assert metrics["brier"] == pytest.approx((27 * (0.08**2 + 2 * 0.04**2) + 3 * (0.92**2 + 0.96**2 + 0.04**2)) / 30)
    assert metrics["ece"] == pytest.approx(0.02)
    assert metrics["corruptions"]["mean"] == pytest.approx(0.7)


def test_an_earlier_grid_of_mistakes_goes_where_there_are_none(told: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "worst.png").write_bytes(b"old")
    _put_worst(replace(told, mistakes=()), tmp_path)
    assert not (tmp_path / "worst.png").exists()


def test_a_page_of_a_network_that_is_always_right_says_so(told: Evaluation) -> None:
    drawn = dict.fromkeys(("confusion", "roc", "pr", "reliability"), (b"light", b"dark"))
    made = page(replace(told, mistakes=(), robustness=None, speeds=(), temperature=None), drawn)
    assert "There are none: every answer was right" in made
    assert "What it bears" not in made
    assert "How slow it is" not in made


def test_a_place_that_cannot_be_written_is_told_in_a_line(told: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    with pytest.raises(SinkError, match="Not a directory; choose another place"):
        write_evaluation(told, tmp_path / "file" / "folder")


def test_only_all_is_a_hundred_per_cent() -> None:
    assert share(0.99999, 2) == "99.99\xa0%"
    assert share(1e-9) == "0.1\xa0%"


def test_the_last_rows_of_a_table_are_sums() -> None:
    made = table(("a", "b"), [("1", "2"), ("3", "<td class=x>4</td>")], last_is_total=1)
    assert made.count("<tr class=total>") == 1
    assert "<td class=x>4</td>" in made
