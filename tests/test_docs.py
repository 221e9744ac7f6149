"""What the documents say can be typed: every config builds, and every command shown is one, with options that are."""

import json
import re
import shlex
from pathlib import Path

import click
import jsonschema
import pytest

import run
from commands.config_models import models_in
from models.__main__ import main as models_main
from models.cache import default_cache
from models.pull import pull
from pipeline.build import build
from pipeline.config import check_settings
from pipeline.config_file import read_document
from pipeline.errors import ModelError
from pipeline.schema import config_schema
from stages import CATALOGUE
from tools.model_table import MEASURED, PAGE, README, renewed

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"(?:python|\.venv/bin/python) (run\.py|-m models) ([^`\n]+)")
SHOWN = [(page.name, match[1], match[2]) for page in PAGES for match in COMMAND.finditer(page.read_text())]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_config_builds(path: Path) -> None:
    settings = check_settings(read_document(path), CATALOGUE)
    for spec in models_in(settings).values():
        try:
            pull(spec, default_cache())
        except ModelError as error:
            pytest.skip(f"model '{spec.name}' cannot be had: {error}")
    try:
        plans = build(settings)
    except ModelError as error:
        if not path.name.startswith("edge-"):
            raise
        pytest.skip(f"only on its board, with its model: {error}")
    assert plans
    for plan in plans:
        for stage in plan.workers:
            getattr(stage, "close", lambda: None)()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_config_fits_the_schema_that_editors_get_and_a_slip_does_not(path: Path) -> None:
    validator = jsonschema.Draft202012Validator(config_schema(CATALOGUE))
    document = read_document(path).data
    assert [error.message for error in validator.iter_errors(document)] == []
    assert not validator.is_valid({**document, "stagse": {}})


@pytest.mark.parametrize(("page", "program", "line"), SHOWN)
def test_every_command_shown_is_one(page: str, program: str, line: str) -> None:
    words = shlex.split(re.split(r"\s{2,}|\s#|[;)]", line)[0])
    group = run.main if program == "run.py" else models_main
    command: click.Command | None = group
    while isinstance(command, click.Group):
        command = command.get_command(click.Context(command), words.pop(0))
    assert command is not None, f"{page}: {line}"
    options = {option for parameter in command.params for option in parameter.opts}
    for word in words:
        if word.startswith("-"):
            assert word in options, f"{page}: {line}"


def test_there_are_commands_to_check() -> None:
    assert len(SHOWN) >= 8
    context = click.Context(run.main)
    assert all(run.main.get_command(context, name) for name in run.main.list_commands(context))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", [README, PAGE], ids=lambda page: page.name)
def test_the_table_of_models_is_that_of_the_shelf_and_of_the_last_measurement(page: Path) -> None:
    assert renewed(page, json.loads(MEASURED.read_text())) == page.read_text(), "run: python -m tools.model_table"
