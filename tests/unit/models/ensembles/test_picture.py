from pathlib import Path

import cv2
import numpy as np
import pytest

from models.ensembles.judged import Judgement, judge
from models.ensembles.picture import draw
from pipeline.errors import ModelError


def judged(members: int) -> Judgement:
    random = np.random.default_rng(0)
    classes = random.integers(0, 3, 90)
    said = np.eye(3)[classes] + random.random((members, 90, 3))
    names = [f"a_{number} with a name as long as those of folders are" for number in range(members)]
    return judge("test", names, said / said.sum(2, keepdims=True), said.mean(0), classes)


@pytest.mark.parametrize("members", [1, 2, 5, 15])
def test_any_number_of_members_is_drawn_in_full(tmp_path: Path, members: int) -> None:
    draw(judged(members), tmp_path / "new" / "picture.png", "an $ensemble$")
    picture = cv2.imread(str(tmp_path / "new" / "picture.png"))
    assert picture is not None
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["picture.png"]
    assert (picture.reshape(-1, 3) == (0, 94, 213)).all(1).any()  # the ensemble, in vermillion
    assert (picture[:, :3] == 255).all()


@pytest.mark.parametrize(("name", "says"), [("picture.xyz", "no such format"), ("file/picture.png", "cannot write")])
def test_a_picture_that_cannot_be_written_is_one_line(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=says):
        draw(judged(2), tmp_path / name, "t")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
