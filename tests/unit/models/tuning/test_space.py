from typing import Any

import pytest
import yaml

from models.tuning.space import difference, read_space
from pipeline.errors import ConfigError

SPACE = """
base:
  epochs: 3
  net: {options: {depth: 2}}
  schedule: {last: 0.1}
space:
  optimiser.rate: {log: [1e-4, 1e-1]}
  net.options.width: {choice: [16, 32]}
  batch: {int: [32, 128, 32]}
  loss.smoothing: {float: [0, 0.2]}
  data.prepare: {choice: [[], [clahe]]}
  schedule: {choice: [{kind: constant}, {kind: step, every: 1}]}
"""


def test_what_is_chosen_is_put_over_what_stays() -> None:
    space = read_space(yaml.safe_load(SPACE))
    chosen: dict[str, Any] = {"optimiser.rate": 0.01, "net.options.width": 32, "batch": 64, "loss.smoothing": 0.1}
    chosen |= {name: space.ranges[name].labels[1] for name in ("data.prepare", "schedule")}
    config = space.config(chosen)
    assert (config.epochs, config.optimiser.rate, config.batch, config.loss.smoothing) == (3, 0.01, 64, 0.1)
    assert config.net.options == {"depth": 2, "width": 32}
    assert config.data.prepare == ("clahe",)
    assert (config.schedule.kind, config.schedule.every, config.schedule.last) == ("step", 1, 0.1)
    assert read_space(space.written()) == space


def test_a_grid_has_every_value_of_a_range_with_steps_and_none_of_one_without() -> None:
    ranges = read_space(yaml.safe_load(SPACE)).ranges
    assert ranges["batch"].every() == (32, 64, 96, 128)
    assert ranges["net.options.width"].every() == (16, 32)
    assert ranges["optimiser.rate"].every() is None
    assert ranges["loss.smoothing"].every() is None
    tenths = read_space({"space": {"loss.smoothing": {"float": [0, 0.3, 0.1]}}}).ranges["loss.smoothing"]
    assert tenths.every() == (0, 0.1, 0.2, 0.3)


@pytest.mark.parametrize(
    ("space", "says"),
    [
        (
            "optimiser.rat: {log: [1e-4, 1e-1]}",
            "space.optimiser.rat: there is no such setting; did you mean optimiser.rate",
        ),
        ("qqqqqq: {int: [1, 2]}", "there is no such setting; `python -m models train --settings` lists them"),
        ("batch.size: {int: [1, 2]}", "space.batch.size: batch has no settings of its own"),
        ("net.options: {choice: [1]}", "name one of its options"),
        ("batch: {choice: []}", "space.batch: choice: [] has nothing to choose from"),
        ("batch: [1, 2]", "space.batch: [1, 2] is no range; write one of"),
        ("batch: {among: [1, 2]}", "is no range"),
        ("batch: {int: [1, 2], log: true}", "is no range"),
        ("batch: {int: [1, 2.5]}", "are not all whole"),
        ("batch: {int: [64, 32]}", "the lowest is not below the highest"),
        ("batch: {int: [1]}", "the lowest and the highest number are expected"),
        ("batch: {int: [1, 8, 0]}", "the step 0 does not fit between 1 and 8"),
        ("batch: {int: [0, 64]}", "space.batch: 0 does not fit: batch: Input should be greater than or equal to 1"),
        ("batch: {choice: [16, many]}", 'space.batch: "many" does not fit: batch: Input should be a valid integer'),
        ("batch: {choice: [16, 16]}", "choice has 16 twice"),
        ("optimiser.rate: {log: [0, 1]}", "the lowest is 0, and has to be above 0"),
        ("optimiser.rate: {log: [1e-3, .inf]}", "the lowest and the highest number are expected"),
        ("optimiser.rate: {float: [low, 1]}", "are not all numbers"),
        ("optimiser.kind: {choice: [adam, adan]}", "Input should be 'sgd'"),
        ("data.validation: {float: [0.1, 0.3]}", "it says what is measured or kept"),
        ("out: {choice: [a, b]}", "it says what is measured or kept"),
        ("{schedule: {choice: [{kind: step}]}, schedule.every: {int: [1, 2]}}", "schedule.every is inside it"),
        ("", "space: nothing to search"),
    ],
)
def test_a_range_that_cannot_be_searched_is_one_line(space: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_space({"space": yaml.safe_load(space)})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"base": {"epoch": 3}}, "base.epoch: there is no such setting; did you mean epochs?"),
        ({"base": {"epochs": 0}}, "base.epochs: Input should be greater than or equal to 1"),
        ({"base": [1]}, "base: settings are expected"),
        ({"spaces": {}}, "spaces: a search space has 'base'"),
    ],
)
def test_what_stays_is_checked_as_settings_of_a_training_are(data: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_space({"space": {"batch": {"int": [1, 2]}}} | data)
    assert says in str(caught.value)


def test_two_spaces_that_differ_say_in_what() -> None:
    first = yaml.safe_load(SPACE)
    changed = yaml.safe_load(SPACE.replace("1e-4", "1e-3"))
    longer = yaml.safe_load(SPACE.replace("epochs: 3", "epochs: 4"))
    fewer = yaml.safe_load(SPACE)
    del fewer["space"]["batch"]
    before = read_space(first).written()
    assert difference(before, read_space(first).written()) is None
    assert difference(before, read_space(changed).written()) == (
        "optimiser.rate was {log: [0.0001, 0.1]}, now it is {log: [0.001, 0.1]}"
    )
    assert difference(before, read_space(longer).written()) == "base.epochs was 3, now it is 4"
    assert difference(before, read_space(fewer).written()) == "batch was {int: [32, 128, 32]}, now it is not there"
