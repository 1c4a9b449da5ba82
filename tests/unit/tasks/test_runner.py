"""The runner, and a process that dies at any of its steps: every task ends once and adds up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from seedbed.accounts import ledger
from seedbed.contract.sizes import Size
from seedbed.engines.registry import Engines
from seedbed.imaging.finish import finish
from seedbed.settings import Settings
from seedbed.storage.blobs import BlobStore
from seedbed.storage.database import Database
from seedbed.storage.instance import InstanceLock
from seedbed.tasks import store
from seedbed.tasks.announcer import Announcer
from seedbed.tasks.deliverer import Deliverer
from seedbed.tasks.dispatcher import LocalDispatcher
from seedbed.tasks.pace import Pace
from seedbed.tasks.previews import Previews
from seedbed.tasks.recorder import Recorder
from seedbed.tasks.recovery import WORN_OUT, Recovery
from seedbed.tasks.runner import Runner
from seedbed.tasks.states import State
from seedbed.tasks.task import Input, Task, TaskError
from seedbed.workers import WorkerPool, WorkerTimeout
from tests.engines import GreyEngine
from tests.pictures.hostile import picture
from tests.service import CREDIT, SMALL, InlinePool, audit
from tests.tasks import PICTURE, Due, begin, now, record

pytestmark = pytest.mark.usefixtures("grey_engine")

T = TypeVar("T")
STEPS = 10
"""Moments of one attempt: before and after each of begin, progress, finish, store, record."""
FOREVER = 10**9
BROKEN = TaskError("api_error", "broken")


class Death(BaseException):
    """The process ends here: nothing may catch it and go on."""


@dataclass
class Life:
    """A process that dies at a given moment, and does nothing any more once it has."""

    left: int = FOREVER

    async def step(self, doing: Callable[[], Awaitable[T]]) -> T:
        self.breathe()
        result = await doing()
        self.breathe()
        return result

    def breathe(self) -> None:
        if self.left <= 0:
            raise Death
        self.left -= 1


@dataclass
class Process:
    """What a process would hold, over a database and blobs that survive it."""

    database: Database
    folder: Path
    owner: str = "me"
    script: str | None = None
    life: Life = field(default_factory=Life)

    def __post_init__(self) -> None:
        settings = Settings(engines={"*": "grey"}, engine_options={"grey": {"script": self.script}})
        self.engines = Engines(settings)
        self.blobs = BlobStore.local(self.folder / "blobs")
        self.announcer = Announcer()
        database = cast(Database, Mortal(self.life, self.database, "write"))
        pool = cast(WorkerPool, Mortal(self.life, InlinePool(), "run"))
        blobs = cast(BlobStore, Mortal(self.life, self.blobs, "put"))
        recorder = Recorder(database, pool, blobs, self.announcer, Previews(), "AI generated")
        self.runner = Runner(
            database, self.engines, blobs, recorder, self.announcer, Pace(), self.owner
        )

    @property
    def engine(self) -> GreyEngine:
        (seat,) = self.engines.all()
        assert isinstance(seat.engine, GreyEngine)
        return seat.engine

    async def recover(self, max_attempts: int = 3) -> None:
        """Do what a server does that starts over what was left, until nothing is unfinished."""
        lock = InstanceLock.acquire(self.folder / "instances")
        pool = cast(WorkerPool, InlinePool())
        recorder = Recorder(
            self.database, pool, self.blobs, self.announcer, Previews(), "AI generated"
        )
        runner = Runner(
            self.database, self.engines, self.blobs, recorder, self.announcer, Pace(), lock.id
        )
        dispatcher = LocalDispatcher(runner.run, self.engines.lanes)
        deliverer = cast(Deliverer, Due())
        await Recovery(
            self.database,
            dispatcher,
            deliverer,
            self.announcer,
            lock,
            max_attempts,
            lambda model: self.engines.first(model).name,
        ).sweep()
        dispatcher.start()
        deadline = time.monotonic() + 10
        while self.database.read_now(store.owners_of_unfinished):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.005)
        await dispatcher.close()
        lock.release()


class Mortal:
    """Something of a process, one of whose methods counts as a step of its life."""

    def __init__(self, life: Life, thing: object, step: str) -> None:
        self._life, self._thing, self._step = life, thing, step

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._thing, name)
        if name != self._step:
            return method
        return lambda *args, **given: self._life.step(lambda: method(*args, **given))


def charged(database: Database, task: Task) -> int:
    return database.read_now(ledger.charged, task.id) // CREDIT


async def test_an_attempt_takes_the_steps_that_the_deaths_below_count(
    database: Database, tmp_path: Path
) -> None:
    task = record(database)
    process = Process(database, tmp_path)
    await process.runner.run(task.id)
    assert FOREVER - process.life.left == STEPS
    assert now(database, task).state is State.SUCCEEDED


@pytest.mark.parametrize("moment", range(STEPS))
async def test_a_process_that_dies_at_any_moment_loses_and_charges_nothing(
    database: Database, tmp_path: Path, moment: int
) -> None:
    task = record(database)
    with pytest.raises(Death):
        await Process(database, tmp_path, life=Life(moment)).runner.run(task.id)
    audit(database)
    survivor = Process(database, tmp_path)
    await survivor.recover()
    assert now(database, task).state is State.SUCCEEDED
    assert charged(database, task) == 1
    # Where the picture was charged before, it was not drawn again.
    assert len(survivor.engine.jobs) == (1 if moment < 9 else 0)
    audit(database)


@pytest.mark.parametrize("moment", range(STEPS))
async def test_a_task_that_every_process_dies_of_ends_in_the_end(
    database: Database, tmp_path: Path, moment: int
) -> None:
    task = record(database)
    for attempt in range(3):
        owner = f"process {attempt}"
        database.write_now(store.adopt, ["me", f"process {attempt - 1}"], owner, 3, BROKEN)
        with pytest.raises(Death):
            await Process(database, tmp_path, owner, life=Life(moment)).runner.run(task.id)
        if now(database, task).state.is_final or charged(database, task):
            break
    await Process(database, tmp_path).recover()
    ended = now(database, task)
    if moment == 0:  # no attempt ever began, so the last process had its first
        assert (ended.state, ended.attempt) == (State.SUCCEEDED, 1)
    elif moment < 9:
        assert (ended.state, ended.error, ended.attempt) == (State.FAILED, WORN_OUT, 3)
    else:
        assert ended.state is State.SUCCEEDED
    audit(database)


def record_apart(database: Database, blobs: BlobStore) -> Task:
    """Record a task that takes one picture apart, and reserves for all that there may be."""
    key = asyncio.run(blobs.put(picture(size=(64, 48)), "image/png"))
    model = "doubao-seedream-5-0-pro-260628"
    body = {"model": model, "layer_decomposition": True, "image": ["inline"], "prompt": ""}
    inputs = (Input(key, "image/png", Size(64, 48)),)
    return record(database, credits=20, model=model, body=body, inputs=inputs, size=Size(64, 48),
                  image_count=17)  # fmt: skip


LAYER_STEPS = 12
"""As above; a decomposition stores three pictures and reports no progress."""


@pytest.mark.parametrize("moment", range(LAYER_STEPS))
def test_a_decomposition_survives_a_death_at_any_moment(
    database: Database, tmp_path: Path, moment: int
) -> None:
    survivor = Process(database, tmp_path, script="apart")
    task = record_apart(database, survivor.blobs)
    dying = Process(database, tmp_path, script="apart", life=Life(moment))
    with pytest.raises(Death):
        asyncio.run(dying.runner.run(task.id))
    audit(database)
    assert charged(database, task) in (0, 3), "all layers, or none"
    asyncio.run(survivor.recover())
    assert now(database, task).state is State.SUCCEEDED
    assert charged(database, task) == 3
    view = database.read_now(store.view, task.id)
    assert view is not None
    assert [image.layer and image.layer.name for image in view.images] == [None, "left", "right"]
    audit(database)


def test_a_layer_that_fails_fails_all(database: Database, tmp_path: Path) -> None:
    process = Process(database, tmp_path, script="half_apart")
    task = record_apart(database, process.blobs)
    asyncio.run(process.runner.run(task.id))
    assert now(database, task).state is State.FAILED
    assert charged(database, task) == 0
    assert not database.read_now(store.images_of, task.id)
    audit(database)


async def test_an_input_that_is_gone_fails_the_task_clearly(
    database: Database, tmp_path: Path
) -> None:
    gone = (Input("ab/cd/" + "abcd" + "0" * 60 + ".png", "image/png", Size(64, 48)),)
    task = record(database, inputs=gone)
    await Process(database, tmp_path).runner.run(task.id)
    ended = now(database, task)
    assert ended.error == TaskError("not_found", "An input picture is not kept any more.")
    audit(database)


@pytest.mark.parametrize("moment", range(4))
async def test_a_failing_engine_and_a_death_add_up_too(
    database: Database, tmp_path: Path, moment: int
) -> None:
    task = record(database)
    dying = Process(database, tmp_path, script="nothing", life=Life(moment))
    with pytest.raises(Death):
        await dying.runner.run(task.id)
    await Process(database, tmp_path, script="nothing").recover()
    assert now(database, task).state is State.FAILED
    assert charged(database, task) == 0
    audit(database)


async def test_a_picture_whose_deadline_passes_while_it_is_recorded_is_delivered(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_image = store.add_image

    def slow(*args: Any) -> None:
        time.sleep(0.5)
        add_image(*args)

    monkeypatch.setattr(store, "add_image", slow)
    task = record(database, deadline_at=time.time() + 0.4)
    await Process(database, tmp_path).runner.run(task.id)
    assert now(database, task).state is State.SUCCEEDED
    assert charged(database, task) == 1
    audit(database)


async def test_a_drawing_that_takes_too_long_is_overdue(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_slow(*args: object, **given: object) -> None:
        raise WorkerTimeout

    monkeypatch.setattr(InlinePool, "run", too_slow)
    task = record(database)
    await Process(database, tmp_path).runner.run(task.id)
    error = now(database, task).error
    assert error is not None
    assert error.code == "timeout"
    audit(database)


async def test_only_missing_pictures_are_drawn(database: Database, tmp_path: Path) -> None:
    task = record(database, owner="dead", image_count=3, body=SMALL | {"n": 3})
    database.write_now(store.add_image, begin(database, task, "dead"), PICTURE)
    process = Process(database, tmp_path)
    await process.recover()
    (job,) = process.engine.jobs
    assert job.indexes == (1, 2)
    assert charged(database, task) == 3
    audit(database)


async def test_who_has_lost_the_attempt_stops(database: Database, tmp_path: Path) -> None:
    task = record(database)
    process = Process(database, tmp_path, script="forever")
    running = asyncio.create_task(process.runner.run(task.id))
    while now(database, task).progress == 0:  # noqa: ASYNC110  (a row has no event)
        await asyncio.sleep(0.005)
    database.write_now(store.cancel, task.id, BROKEN)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert now(database, task).state is State.CANCELLED
    audit(database)


async def test_a_lost_attempt_is_noticed_at_the_next_write(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cancelled_meanwhile(_pool: InlinePool, *args: Any, timeout: float) -> Any:
        database.write_now(store.cancel, task.id, BROKEN)
        return finish(*args[1:])

    monkeypatch.setattr(InlinePool, "run", cancelled_meanwhile)
    task = record(database)
    await Process(database, tmp_path).runner.run(task.id)
    assert now(database, task).state is State.CANCELLED
    assert charged(database, task) == 0
    audit(database)


async def test_a_task_that_is_not_to_be_run_here_is_left(
    database: Database, tmp_path: Path
) -> None:
    task = record(database, owner="another")
    await Process(database, tmp_path).runner.run(task.id)
    await Process(database, tmp_path).runner.run("no such task")
    assert now(database, task).state is State.QUEUED


async def test_a_request_that_this_version_does_not_understand_fails_its_task(
    database: Database, tmp_path: Path
) -> None:
    task = record(database, body={"prompt": "a cat", "model": "withdrawn"})
    await Process(database, tmp_path).runner.run(task.id)
    ended = now(database, task)
    assert ended.error is not None
    assert (ended.state, ended.error.code) == (State.FAILED, "bad_request")
    audit(database)


async def test_waiters_are_woken_when_a_task_ends(database: Database, tmp_path: Path) -> None:
    task = record(database)
    process = Process(database, tmp_path)
    with process.announcer.watch(task.id) as changed:
        await process.runner.run(task.id)
        assert changed.is_set()
