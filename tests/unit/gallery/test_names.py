"""What may be a name."""

import pytest

from gallery.names import checked_name, key_of
from pipeline.errors import ConfigError


@pytest.mark.parametrize("name", ["", "   ", "a/b", "a\\b", "x" * 300, "a\x00b", ".hidden", "-rf", "\ud800"])
def test_what_cannot_be_a_name_is_refused_in_one_short_line(name: str) -> None:
    with pytest.raises(ConfigError) as told:
        checked_name(name)
    line = str(told.value)
    assert "\n" not in line and len(line) < 140
    line.encode()


@pytest.mark.parametrize("name", ["Ada", "Zoë", "李小龙", "O'Neill-Smith, Jr.", "🦊", "محمد", "x" * 100])
def test_names_of_any_script_and_faces_that_smile_are_taken(name: str) -> None:
    assert checked_name(name) == name


def test_case_spaces_and_forms_of_accents_make_no_other_person() -> None:
    assert key_of("  ZOË  smith ") == key_of("zoe\u0308 Smith")
