import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.live.status import MOVES, State, StateMachine

STATES = st.sampled_from(sorted(MOVES))


@given(st.lists(STATES, max_size=30))
def test_only_allowed_moves_are_made_and_what_is_told_follows_them(wanted: list[State]) -> None:
    machine, state, runs = StateMachine(), "connecting", 0
    for to in wanted:
        if to in MOVES[state]:  # type: ignore[index]
            machine.move(to, "broken")
            state, runs = to, runs + (to == "running")
        else:
            with pytest.raises(ValueError, match=f"after {state}, received {to}"):
                machine.move(to)
        status = machine.status()
        assert status.state == machine.state == state
        assert status.reconnects == max(0, runs - 1)


def test_the_error_is_there_until_it_runs_again() -> None:
    machine = StateMachine()
    machine.move("lost", "it is off")
    machine.move("connecting")
    assert (machine.status().error, machine.status().attempts) == ("it is off", 2)
    machine.move("running")
    assert (machine.status().error, machine.status().attempts) == (None, 0)
