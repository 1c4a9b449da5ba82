"""Several engines for one model: who stands in for whom, when, and what is never tried again."""

from __future__ import annotations

import asyncio
import hashlib
import io
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from seedbed.contract.errors import UsedUp
from seedbed.engines import health
from seedbed.engines.engine import UpstreamFault
from seedbed.engines.health import Condition
from seedbed.resources import Resources
from seedbed.service.images import Asked
from seedbed.tasks import store
from seedbed.tasks.recorder import INTERNAL
from seedbed.tasks.runner import Runner
from seedbed.tasks.states import State
from seedbed.tasks.task import TaskView
from tests.engines import ENCODED, TRIED, GreyEngine
from tests.service import SMALL, audit, caller_with, credits_of, open_service

pytestmark = pytest.mark.usefixtures("grey_engine")

GROUP = {
    "prompt": "a cat",
    "model": "doubao-seedream-4.0",
    "size": "1K",
    "sequential_image_generation": "auto",
    "sequential_image_generation_options": {"max_images": 5},
}


def engines(*scripts: str | None, **description: Any) -> dict[str, Any]:
    """Settings of a service whose engines follow these scripts, each standing in for the last."""
    names = [f"engine-{number}" for number in range(len(scripts))]
    options = {
        name: {"kind": "grey", "script": script} | ({"description": description} if n == 0 else {})
        for n, (name, script) in enumerate(zip(names, scripts, strict=True))
    }
    return {"engines": {"*": names}, "engine_options": options}


async def drawn(held: Resources, body: dict[str, Any] | None = None) -> TaskView:
    caller = caller_with(held.database, 20)
    submitted = await held.images.submit(Asked(body or SMALL, caller, "trace"))
    view = await held.images.wait(submitted.task.id, 20)
    audit(held.database)
    left, reserved = credits_of(held.database, caller)
    assert (left, reserved) == (20 - len(view.delivered), 0)
    return view


def jobs(held: Resources, number: int) -> int:
    engine = held.engines.all()[number].engine
    assert isinstance(engine, GreyEngine)
    return len(engine.jobs)


async def test_the_next_engine_stands_in_for_one_that_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines("unavailable", None)) as held:
        view = await drawn(held)
        assert (view.task.state, view.task.engine) == (State.SUCCEEDED, "engine-1")
        down, up = (seat.health for seat in held.engines.all())
        assert (down.condition, up.condition) == (Condition.FAILING, Condition.READY)
        assert down.last_error == "nobody answers"


async def test_an_engine_that_lacks_what_is_asked_for_does_not_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = engines("unavailable", None, None)
    settings["engine_options"]["engine-1"]["description"] = {"features": frozenset()}
    async with open_service(tmp_path, monkeypatch, **settings) as held:
        image = "data:image/png;base64," + photo(512, 512)
        edit = {"prompt": "warmer", "model": "doubao-seededit-3.0-i2i", "image": image}
        view = await drawn(held, edit)
        assert (view.task.state, view.task.engine) == (State.SUCCEEDED, "engine-2")
        assert jobs(held, 1) == 0
        view = await drawn(held)
        assert view.task.engine == "engine-1"


@pytest.mark.parametrize("script", ["engine_error", "failure", "defect", "late_unavailable"])
async def test_no_engine_stands_in_for_one_that_has_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines(script, None)) as held:
        await drawn(held)
        assert (jobs(held, 0), jobs(held, 1)) == (1, 0)


async def test_all_engines_unavailable_is_told_and_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines("unavailable", "unavailable")) as held:
        view = await drawn(held)
        assert view.task.state is State.FAILED
        assert view.task.error is not None
        assert view.task.error.message == "nobody answers"


async def test_an_engine_that_is_merely_busy_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    TRIED.clear()
    async with open_service(tmp_path, monkeypatch, **engines("busy")) as held:
        view = await drawn(held)
        assert view.task.state is State.SUCCEEDED
        assert held.engines.all()[0].health.condition is Condition.READY


async def test_an_engine_that_is_busy_for_longer_than_a_task_waits_fails_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines("busy_for_long")) as held:
        view = await drawn(held)
        assert view.task.error is not None
        assert view.task.error.code == "too_many_requests"


async def test_a_circuit_opens_after_failures_in_a_row_and_the_engine_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines("unavailable", None)) as held:
        for _ in range(health.TOLERATED + 3):
            assert (await drawn(held)).task.engine == "engine-1"
        assert jobs(held, 0) == health.TOLERATED
        assert held.engines.all()[0].health.condition is Condition.DOWN


async def test_a_drill_is_no_fault_of_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, drills=True, **engines(None)) as held:
        body = SMALL | {"prompt": "a cat [drill: upstream_error]"}
        for _ in range(health.TOLERATED + 1):
            assert (await drawn(held, body)).task.state is State.FAILED
        assert held.engines.all()[0].health.condition is Condition.READY


async def test_what_an_upstream_called_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines("upstream_fault")) as held:
        view = await drawn(held)
        assert view.task.error is not None
        assert view.task.error.fault == UpstreamFault("Sensitive", "0217")
        shown = await held.answers.answer(view, "http://here")
        assert shown["error"]["upstream"] == {"code": "Sensitive", "request_id": "0217"}
        assert held.engines.all()[0].health.condition is Condition.READY


async def test_an_engine_that_chooses_says_how_many_pictures_a_group_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chooses = engines("two_of_many", chooses_count=True)
    async with open_service(tmp_path, monkeypatch, **chooses) as held:
        view = await drawn(held, GROUP)
        assert (view.task.image_count, len(view.delivered), len(view.images)) == (2, 2, 2)
        shown = await held.answers.answer(view, "http://here")
        assert shown["usage"]["tool_usage"] == {"web_search": 1}


async def test_a_stand_in_that_does_not_choose_draws_what_the_prompt_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chooses = engines("unavailable", None, chooses_count=True)
    async with open_service(tmp_path, monkeypatch, **chooses) as held:
        view = await drawn(held, GROUP | {"prompt": "three cats, as a series of 3 images"})
        assert len(view.images) == len(view.delivered) == 3


async def test_n_pictures_are_no_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_service(tmp_path, monkeypatch, **engines(None)) as held:
        view = await drawn(held, SMALL | {"n": 3})
        assert len(view.delivered) == 3
        engine = held.engines.all()[0].engine
        assert isinstance(engine, GreyEngine)
        assert (engine.jobs[0].image_count, engine.jobs[0].is_group) == (3, False)


async def test_a_finished_picture_is_kept_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines("finished")) as held:
        (image,) = (await drawn(held)).delivered
        assert (str(image.size), image.media_type) == ("40x30", "image/png")
        assert image.blob_key is not None
        assert hashlib.sha256(ENCODED).hexdigest() in image.blob_key


async def test_a_finished_picture_that_breaks_off_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines("broken_off")) as held:
        view = await drawn(held)
        assert view.task.error is not None
        assert "cannot be read" in view.task.error.message


async def test_layers_of_an_upstream_are_kept_with_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines("encoded_apart")) as held:
        body = {
            "model": "doubao-seedream-5.0-pro",
            "layer_decomposition": True,
            "image": "data:image/png;base64," + photo(600, 600),
        }
        view = await drawn(held, body)
        shown = await held.answers.answer(view, "http://here")
        assert [one["size"] for one in shown["data"]] == ["40x30", "40x30"]
        assert shown["data"][1]["bounding_box"] == {
            "absolute": [1, 2, 3, 4],
            "normalized": [25, 67, 75, 133],
        }


async def test_previews_are_shown_in_their_order_and_gone_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines("preview")) as held:
        seen: list[tuple[int, int]] = []
        add = held.previews.add

        def watched(task_id: str, *args: Any) -> None:
            add(task_id, *args)
            last = held.previews.of(task_id)[-1]
            seen.append((last.number, last.partial_index))
            assert Image.open(io.BytesIO(last.data)).size == (512, 512)

        monkeypatch.setattr(held.previews, "add", watched)
        view = await drawn(held, SMALL | {"partial_images": 2})
        assert (view.task.state, seen) == (State.SUCCEEDED, [(1, 0), (2, 1)])
        await asyncio.sleep(0.05)
        assert held.previews.of(view.task.id) == []


async def test_a_mask_leaves_the_rest_of_a_picture_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines(None)) as held:
        body = {
            "prompt": "paint it grey",
            "model": "doubao-seedream-4.0",
            "size": "1024x1024",
            "image": "data:image/png;base64," + photo(1024, 1024),
            "mask": "data:image/png;base64," + mask(1024, 1024),
            "watermark": False,
        }
        view = await drawn(held, body)
        (image,) = view.delivered
        assert image.blob_key is not None
        pixels = np.asarray(Image.open(io.BytesIO((await held.blobs.get(image.blob_key)).data)))
        grey = view.task.seed % 256
        assert np.abs(pixels[:, 600:].astype(int) - grey).max() <= 3
        assert np.abs(pixels[:, :400].astype(int) - (200, 30, 30)).max() <= 6
        shown = await held.answers.record(
            (await held.images.find(caller_of(view), [view.task.id]))[0], "http://here"
        )
        assert len(shown["request"]["image"]) == 1
        assert shown["request"]["mask"].startswith("http://here/files/")


def photo(width: int, height: int) -> str:
    return encoded(Image.new("RGB", (width, height), (200, 30, 30)))


def mask(width: int, height: int) -> str:
    """Opaque on its left half, transparent on its right."""
    over = Image.new("RGBA", (width, height), (0, 0, 0, 255))
    over.paste((0, 0, 0, 0), (width // 2, 0, width, height))
    return encoded(over)


def encoded(image: Image.Image) -> str:
    import base64

    stream = io.BytesIO()
    image.save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode("ascii")


def caller_of(view: TaskView) -> Any:
    from seedbed.accounts.credentials import Caller

    return Caller(view.task.application_id, None, view.task.user_id)


async def test_a_task_that_finds_a_runner_begins_with_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines("forever", repeatable=False)) as held:
        caller = caller_with(held.database, 20)
        first = (await held.images.submit(Asked(SMALL, caller, "trace"))).task
        second = (await held.images.submit(Asked(SMALL, caller, "trace"))).task
        begun, waits = (held.database.read_now(store.get, one.id) for one in (first, second))
        assert begun is not None
        assert waits is not None
        assert (begun.state, begun.attempt) == (State.RUNNING, 1)
        assert (waits.state, waits.attempt) == (State.QUEUED, 0)
        resumed = held.database.write_now(store.adopt, [begun.owner], "heir", 3, INTERNAL)
        assert resumed.ended == (first.id,), "somebody may be billed for it"
        assert [one.task_id for one in resumed.queued] == [second.id]


async def test_a_refused_task_gives_its_runner_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines(None)) as held:
        poor = caller_with(held.database, 0)
        for _ in range(3):
            with pytest.raises(UsedUp):
                await held.images.submit(Asked(SMALL, poor, "trace"))
        assert (await drawn(held)).task.state is State.SUCCEEDED
        await asyncio.sleep(0.05)
        assert held.dispatcher.claim("next", "engine-0")


@pytest.mark.parametrize("script", ["upstream_fault", "refused_feature"])
async def test_what_one_caller_asks_for_wrongly_opens_no_circuit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines(script)) as held:
        for _ in range(health.TOLERATED + 1):
            assert (await drawn(held)).task.state is State.FAILED
        assert held.engines.all()[0].health.condition is Condition.READY


async def test_a_job_of_which_every_picture_failed_is_a_failure_of_its_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines("all_failed")) as held:
        for _ in range(health.TOLERATED):
            assert (await drawn(held, SMALL | {"n": 2})).task.state is State.FAILED
        assert held.engines.all()[0].health.condition is Condition.DOWN


async def test_who_polls_waits_for_an_engine_that_rests_and_who_waits_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines(None)) as held:
        (seat,) = held.engines.all()
        for _ in range(health.TOLERATED):
            seat.health.failed("refused")
        view = await drawn(held)
        assert view.task.error is not None
        assert "engine-0 of this model is not available" in view.task.error.message
        monkeypatch.setattr(health, "OPEN_SECONDS", 1.0)
        view = await drawn(held, SMALL | {"async": True})
        assert view.task.state is State.SUCCEEDED
        assert seat.health.condition is Condition.READY


async def test_a_try_that_is_cut_off_lets_another_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines(None)) as held:
        (seat,) = held.engines.all()
        for _ in range(health.TOLERATED):
            seat.health.failed("refused")
        monkeypatch.setattr(health, "OPEN_SECONDS", 0.0)

        def lost(*_: object) -> None:
            raise store.LostAttempt

        with monkeypatch.context() as broken:
            broken.setattr(Runner, "_job", lost)
            with suppress(TimeoutError):
                caller = caller_with(held.database, 20)
                submitted = await held.images.submit(Asked(SMALL, caller, "trace"))
                await held.images.wait(submitted.task.id, 0.2)
        assert seat.health.admits()


async def test_a_stand_in_is_given_no_more_at_once_than_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = engines("unavailable", "one_at_a_time", concurrency=8)
    given["engine_options"]["engine-1"]["description"] = {"concurrency": 1}
    async with open_service(tmp_path, monkeypatch, **given) as held:
        views = await asyncio.gather(*(drawn(held) for _ in range(6)))
        assert {view.task.state for view in views} == {State.SUCCEEDED}


async def test_what_an_engine_knows_again_by_a_key_goes_to_no_other_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, monkeypatch, **engines("forever", sticky=True)) as held:
        caller = caller_with(held.database, 20)
        task = (await held.images.submit(Asked(SMALL, caller, "trace"))).task
        await asyncio.sleep(0.3)
        found = held.database.read_now(store.get, task.id)
        assert found is not None
        assert found.engine == "engine-0"
    again = engines("unavailable", None, sticky=True)
    async with open_service(tmp_path, monkeypatch, **again) as held:
        view = await held.images.wait(task.id, 20)
        assert view.task.error is not None
        assert view.task.error.message == "nobody answers"
        assert (jobs(held, 0), jobs(held, 1)) == (1, 0)
        assert (await drawn(held)).task.state is State.SUCCEEDED, "a new one may"
