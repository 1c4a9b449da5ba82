"""The ledger never goes below zero, never charges twice, and always adds up."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy.exc import IntegrityError

from seedbed.accounts import applications, ledger
from seedbed.accounts.credits import to_credits, to_micros
from seedbed.contract.errors import UsedUp
from seedbed.storage.database import Database
from seedbed.storage.migrate import migrate


@contextmanager
def empty_database() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "ledger.db")
        migrate(database)
        try:
            yield database
        finally:
            database.close()


class Ledger(RuleBasedStateMachine):
    """Any sequence of movements, legal or not, against a plain model of what must come out."""

    def __init__(self) -> None:
        super().__init__()
        self._context = empty_database()
        self.database = self._context.__enter__()
        self.application = self.database.write_now(applications.create, "tenant", 100).id
        self.available = 100
        self.held: dict[str, int] = {}
        self.released: set[str] = set()
        self.settled: set[tuple[str, int]] = set()

    def teardown(self) -> None:
        self._context.__exit__(None, None, None)

    @rule(amount=st.integers(0, 50))
    def grant(self, amount: int) -> None:
        self.database.write_now(ledger.grant, self.application, amount)
        self.available += amount

    @rule(task=st.sampled_from("abcdef"), amount=st.integers(0, 80))
    def reserve(self, task: str, amount: int) -> None:
        try:
            self.database.write_now(ledger.reserve, self.application, task, amount)
        except UsedUp:
            assert amount > self.available
        except IntegrityError:
            assert task in self.held
        else:
            assert task not in self.held
            self.available -= amount
            self.held[task] = amount

    @rule(task=st.sampled_from("abcdef"), index=st.integers(0, 3), amount=st.integers(0, 40))
    def settle(self, task: str, index: int, amount: int) -> None:
        try:
            self.database.write_now(ledger.settle, self.application, task, index, amount)
        except ledger.LedgerError:
            assert amount > self.held.get(task, 0)
        except IntegrityError:
            assert (task, index) in self.settled
        else:
            assert amount <= self.held.get(task, 0)
            assert (task, index) not in self.settled
            self.settled.add((task, index))
            if amount:  # what costs nothing needs no reservation
                self.held[task] -= amount

    @rule(task=st.sampled_from("abcdef"))
    def release(self, task: str) -> None:
        back = self.database.write_now(ledger.release, self.application, task)
        assert back == self.held.get(task, 0)
        self.available += back
        if task in self.held:
            self.held[task] = 0

    @invariant()
    def adds_up(self) -> None:
        balance = self.database.read_now(ledger.balance, self.application)
        entries = self.database.read_now(ledger.entries_of, self.application)
        assert balance.available == self.available == sum(e.available for e in entries)
        assert balance.reserved == sum(self.held.values()) == sum(e.reserved for e in entries)
        assert balance.available >= 0


TestLedger = Ledger.TestCase
TestLedger.settings = hypothesis_settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_concurrent_reservations_never_overdraw(database: Database) -> None:
    application = database.write_now(applications.create, "tenant", 10).id
    refused: list[str] = []

    def reserve(name: str) -> None:
        for number in range(5):
            task = f"{name}{number}"
            try:
                database.write_now(ledger.reserve, application, task, 1)
            except UsedUp:
                refused.append(task)

    threads = [threading.Thread(target=reserve, args=(name,)) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.read_now(ledger.balance, application) == ledger.Balance(0, 10)
    assert len(refused) == 20


def test_a_refused_reservation_leaves_no_entry(database: Database) -> None:
    application = database.write_now(applications.create, "tenant", 5).id
    with pytest.raises(UsedUp):
        database.write_now(ledger.reserve, application, "task", 6)
    kinds = [entry.kind for entry in database.read_now(ledger.entries_of, application)]
    assert kinds == ["grant"]


def test_a_task_is_never_charged_what_another_has_reserved(database: Database) -> None:
    application = database.write_now(applications.create, "tenant", 5).id
    database.write_now(ledger.reserve, application, "other", 3)
    for amount in (1, -1):
        with pytest.raises(ledger.LedgerError):
            database.write_now(ledger.settle, application, "task", 0, amount)
    assert database.read_now(ledger.balance, application) == ledger.Balance(2, 3)


def test_no_amount_is_negative(database: Database) -> None:
    application = database.write_now(applications.create, "tenant", 5).id
    with pytest.raises(ValueError, match="negative"):
        database.write_now(ledger.grant, application, -1)
    with pytest.raises(ValueError, match="negative"):
        database.write_now(ledger.reserve, application, "task", -1)


def test_a_grant_to_nobody_is_a_defect(database: Database) -> None:
    with pytest.raises(ledger.LedgerError):
        database.write_now(ledger.grant, "nobody", 1)


@pytest.mark.parametrize(
    ("credits", "micros"), [("0", 0), ("1", 1_000_000), ("0.333", 333_000), ("10000", 10**10)]
)
def test_credits_are_kept_exactly(credits: str, micros: int) -> None:
    assert to_micros(Decimal(credits)) == micros
    assert to_credits(micros) == Decimal(credits)


def test_a_seventh_decimal_is_refused() -> None:
    with pytest.raises(ValueError, match="six decimals"):
        to_micros(Decimal("0.0000001"))
