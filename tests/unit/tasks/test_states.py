"""The table of transitions."""

from __future__ import annotations

import itertools

import pytest

from seedbed.tasks.states import TRANSITIONS, IllegalTransition, State, check_transition


@pytest.mark.parametrize(("before", "after"), list(itertools.product(State, State)))
def test_only_the_table_is_allowed(before: State, after: State) -> None:
    if (before, after) in TRANSITIONS:
        check_transition(before, after)
    else:
        with pytest.raises(IllegalTransition):
            check_transition(before, after)


def test_three_states_are_final() -> None:
    assert {state for state in State if state.is_final} == {
        State.SUCCEEDED,
        State.FAILED,
        State.CANCELLED,
    }


def test_every_state_can_be_reached_and_left_to_an_end() -> None:
    reached = {State.QUEUED}
    while True:
        further = {after for before, after in TRANSITIONS if before in reached} - reached
        if not further:
            break
        reached |= further
    assert reached == set(State)
