"""The moves of a task: only who holds the current attempt writes, and credits move along."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from seedbed.accounts import ledger
from seedbed.contract.errors import UsedUp
from seedbed.storage.database import Database
from seedbed.tasks import store
from seedbed.tasks.states import IllegalTransition, State
from seedbed.tasks.store import PERHAPS_BILLED, LostAttempt, Resumed, Waiting
from seedbed.tasks.task import Image, Task, TaskError
from tests.service import CREDIT, SMALL, audit
from tests.tasks import PICTURE, begin, now, record

ERROR = TaskError("api_error", "broken")


def waiting_of(task: Task) -> Waiting:
    return Waiting(task.id, task.model)


def balance(database: Database, task: Task) -> tuple[int, int]:
    found = database.read_now(ledger.balance, task.application_id)
    return found.available // CREDIT, found.reserved // CREDIT


def test_what_is_recorded_is_read_again(database: Database) -> None:
    task = record(database)
    assert now(database, task) == task
    assert now(database, task).request.prompt == SMALL["prompt"]
    assert balance(database, task) == (9, 1)


def test_a_task_that_cannot_be_paid_is_not_recorded(database: Database) -> None:
    with pytest.raises(UsedUp):
        record(database, credits=0)
    assert database.read_now(store.owners_of_unfinished) == frozenset()


def test_another_application_sees_no_task(database: Database) -> None:
    task = record(database)
    assert database.read_now(store.view, task.id, "another") is None
    assert database.read_now(store.view, task.id, task.application_id) is not None
    assert database.read_now(store.view, "nothing") is None


def test_only_the_owner_begins_and_only_once(database: Database) -> None:
    task = record(database)
    assert database.write_now(store.begin, task.id, "another") is None
    assert begin(database, task).number == 1
    assert database.write_now(store.begin, task.id, "me") is None
    assert now(database, task).state is State.RUNNING


def test_a_delivered_picture_is_charged_once(database: Database) -> None:
    task = record(database)
    attempt = begin(database, task)
    for note in ("first", None):
        database.write_now(store.add_image, attempt, PICTURE, note)
    assert balance(database, task) == (9, 0)
    assert now(database, task).note == "first"
    assert database.write_now(store.end, attempt, None) is State.SUCCEEDED
    assert balance(database, task) == (9, 0)
    audit(database)


def test_a_failed_picture_costs_nothing_and_tells_why(database: Database) -> None:
    task = record(database)
    attempt = begin(database, task)
    database.write_now(store.add_image, attempt, Image(0, error=ERROR))
    assert database.write_now(store.end, attempt, None) is State.FAILED
    assert now(database, task).error == ERROR
    assert balance(database, task) == (10, 0)
    audit(database)


def test_of_several_pictures_the_delivered_are_charged_and_the_rest_is_released(
    database: Database,
) -> None:
    task = record(database, image_count=3)
    attempt = begin(database, task)
    assert balance(database, task) == (7, 3)
    database.write_now(store.add_image, attempt, PICTURE)
    database.write_now(store.add_image, attempt, Image(1, error=ERROR))
    assert balance(database, task) == (7, 2)
    assert database.write_now(store.end, attempt, ERROR) is State.SUCCEEDED
    assert balance(database, task) == (9, 0)
    audit(database)


def test_a_picture_beyond_what_was_reserved_is_never_paid_by_another_task(
    database: Database,
) -> None:
    task = record(database)
    other = replace(task, id="other")
    database.write_now(store.create, other)
    attempt = begin(database, task)
    database.write_now(store.add_image, attempt, PICTURE)
    with pytest.raises(ledger.LedgerError):
        database.write_now(store.add_image, attempt, replace(PICTURE, index=1))
    assert balance(database, task) == (8, 1)
    audit(database)


def test_who_lost_the_attempt_changes_nothing(database: Database) -> None:
    task = record(database, owner="dead")
    first = begin(database, task, "dead")
    database.write_now(store.adopt, ["dead"], "me", 3, ERROR)
    second = begin(database, task)
    assert second.number == 2
    with pytest.raises(LostAttempt):
        database.write_now(store.add_image, first, PICTURE)
    with pytest.raises(LostAttempt):
        database.write_now(store.set_progress, first, 0.5)
    with pytest.raises(LostAttempt):
        database.write_now(store.end, first, ERROR)
    assert now(database, task).state is State.RUNNING
    assert balance(database, task) == (9, 1)
    audit(database)


def test_a_finished_task_cannot_be_written_to(database: Database) -> None:
    task = record(database)
    attempt = begin(database, task)
    database.write_now(store.end, attempt, ERROR)
    for work in (
        lambda: database.write_now(store.add_image, attempt, PICTURE),
        lambda: database.write_now(store.end, attempt, None),
    ):
        with pytest.raises(LostAttempt):
            work()
    assert database.write_now(store.cancel, task.id, ERROR) is False
    audit(database)


def test_an_attempt_that_goes_on_draws_only_what_is_missing(database: Database) -> None:
    task = record(database, owner="dead", image_count=2)
    database.write_now(store.add_image, begin(database, task, "dead"), PICTURE)
    database.write_now(store.adopt, ["dead"], "me", 3, ERROR)
    assert begin(database, task).done == {0}


def test_orphans_are_adopted_oldest_first_and_worn_out_ones_end(database: Database) -> None:
    early = record(database, owner="dead", created_at=time.time() - 9)
    worn = record(database, owner="dead")
    waiting = record(database, owner="dead", created_at=time.time() - 5)
    living = record(database, owner="alive")
    begin(database, worn, "dead")
    resumed = database.write_now(store.adopt, ["dead", "deader"], "me", 1, ERROR)
    assert resumed == Resumed(queued=(waiting_of(early), waiting_of(waiting)), ended=(worn.id,))
    assert now(database, worn).error == ERROR
    assert balance(database, worn) == (10, 0)
    assert now(database, living).owner == "alive"
    assert database.write_now(store.adopt, ["dead"], "me", 1, ERROR) == Resumed((), ())
    audit(database)


@pytest.mark.parametrize("again", [True, False])
def test_a_task_that_died_after_its_picture_was_charged_has_succeeded(
    database: Database, again: bool
) -> None:
    task = record(database, owner="dead")
    database.write_now(store.add_image, begin(database, task, "dead"), PICTURE)
    if again:
        database.write_now(store.adopt, ["dead"], "me", 3, ERROR)
        database.write_now(store.end_overdue, time.time() + 100, ERROR)
    else:
        database.write_now(store.adopt, ["dead"], "me", 1, ERROR)
    assert now(database, task).state is State.SUCCEEDED
    assert balance(database, task) == (9, 0)
    audit(database)


def test_only_what_is_overdue_ends_at_its_deadline(database: Database) -> None:
    late, in_time = record(database, deadline_at=time.time() - 1), record(database)
    assert database.read_now(store.any_overdue, time.time()) is True
    assert database.write_now(store.end_overdue, time.time(), ERROR) == [late.id]
    assert database.read_now(store.any_overdue, time.time()) is False
    assert now(database, late).error == ERROR
    assert now(database, in_time).state is State.QUEUED
    audit(database)


def test_a_lost_attempt_is_queued_again_only_while_it_is_the_current_one(
    database: Database,
) -> None:
    task = record(database)
    begin(database, task)
    seen = database.read_now(store.unfinished_of, "me")
    assert database.write_now(store.requeue, seen, "me", 3, ERROR).queued == (waiting_of(task),)
    begin(database, task)
    assert database.write_now(store.requeue, seen, "me", 3, ERROR) == Resumed((), ())
    seen = database.read_now(store.unfinished_of, "me")
    assert database.write_now(store.requeue, seen, "me", 2, ERROR).ended == (task.id,)
    audit(database)


@pytest.mark.parametrize("running", [True, False])
def test_an_unfinished_task_can_be_cancelled(database: Database, running: bool) -> None:
    task = record(database)
    if running:
        begin(database, task)
    assert database.write_now(store.cancel, task.id, ERROR) is True
    assert now(database, task).state is State.CANCELLED
    assert balance(database, task) == (10, 0)
    audit(database)


def test_no_move_is_outside_the_table(database: Database) -> None:
    task = record(database)
    attempt = begin(database, task)
    database.write_now(store.end, attempt, ERROR)
    finished = database.read_now(store.get, task.id)
    assert finished is not None
    with pytest.raises(IllegalTransition):
        database.write_now(
            store._close,
            store.Unfinished(task.id, task.application_id, task.model, State.FAILED, 1, 1),
            State.SUCCEEDED,
            None,
        )


def test_what_may_have_been_billed_for_is_not_begun_again(database: Database) -> None:
    started, waiting = record(database, "dead"), record(database, "dead")
    assert database.write_now(store.begin, started.id, "dead", {started.model}) is not None
    resumed = database.write_now(store.adopt, ["dead"], "me", 3, ERROR)
    assert resumed == Resumed(queued=(waiting_of(waiting),), ended=(started.id,))
    assert now(database, started).error == PERHAPS_BILLED
    audit(database)


def test_a_summary_says_how_many_pictures_a_group_has_and_frees_the_rest(
    database: Database,
) -> None:
    task = record(database, image_count=5)
    attempt = begin(database, task)
    database.write_now(store.add_image, attempt, PICTURE, None, "ark")
    database.write_now(store.add_image, attempt, replace(PICTURE, index=1), None, "ark")
    database.write_now(store.summarize, attempt, 2, {"web_search": 1})
    assert database.write_now(store.end, attempt, None) is State.SUCCEEDED
    ended = now(database, task)
    assert (ended.image_count, ended.engine, ended.tool_usage) == (2, "ark", {"web_search": 1})
    assert balance(database, task) == (8, 0)
    audit(database)


@pytest.mark.parametrize(("said", "counted"), [(0, 2), (1, 2), (9, 3)])
def test_a_summary_neither_loses_a_picture_nor_adds_one(
    database: Database, said: int, counted: int
) -> None:
    task = record(database, image_count=3)
    attempt = begin(database, task)
    database.write_now(store.add_image, attempt, replace(PICTURE, index=1))
    database.write_now(store.summarize, attempt, said)
    assert now(database, task).image_count == counted
