"""Callbacks: signed, made until a 2xx, told of, resent, and copied to who listens."""

from __future__ import annotations

import json
import re
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.acceptance.receiver import Call, Receiver, Reply
from tests.acceptance.server import SEEDBED, Server
from tests.acceptance.test_tasks import SMALL, draw, ended, error, retrieve


def start(client: httpx.Client, url: str, drill: str | None = None, **fields: Any) -> str:
    headers = {} if drill is None else {"X-Seedbed-Drill": drill}
    answer = draw(client, headers, callback_url=url, **fields)
    assert set(answer) == {"task_id", "trace_id"}
    return str(answer["task_id"])


def secret_of(server: Server, *arguments: str) -> str:
    done = server.run("deliveries", "secret", "default", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def verified(call: Call, secret: str) -> Any:
    return Webhook(secret).verify(call.body, call.headers)


def shown(server: Server, reference: str) -> Any:
    done = server.run("deliveries", "show", reference)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def callback_state(client: httpx.Client, task_id: str, state: str) -> Any:
    deadline = time.monotonic() + 20
    while (callback := retrieve(client, task_id)["callback"])["state"] != state:
        assert time.monotonic() < deadline, callback
        time.sleep(0.02)
    return callback


def test_a_callback_brings_the_answer_signed(
    studio: Server, caller: httpx.Client, receiver: Receiver
) -> None:
    task_id = start(caller, f"{receiver.url}/hook?a=b")
    (call,) = receiver.wait("/hook?a=b")
    body = verified(call, secret_of(studio))
    assert body["success"] is True
    assert body["task_id"] == task_id
    assert call.headers["content-type"] == "application/json"
    assert call.headers["webhook-id"].startswith("msg_")
    assert httpx.get(body["data"][0]["image_url"]).status_code == 200
    polled = ended(caller, task_id)["response"]
    for answer in (body, polled):
        answer["data"][0].pop("image_url")  # signed anew each time
    assert body == polled
    callback = callback_state(caller, task_id, "delivered")
    assert callback == {"id": call.headers["webhook-id"], "state": "delivered", "attempts": 1}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of(studio)).verify(call.body.replace("true", "false"), call.headers)


def test_a_failure_is_called_back_too(caller: httpx.Client, receiver: Receiver) -> None:
    task_id = start(caller, f"{receiver.url}/failed", prompt="refuse", **{"async": True})
    (call,) = receiver.wait("/failed")
    assert call.json["success"] is False
    assert call.json["task_id"] == task_id
    assert call.json["error"] == {"code": "forbidden", "message": "slate does not draw this"}


def test_a_cancellation_is_called_back_too(caller: httpx.Client, receiver: Receiver) -> None:
    task_id = start(caller, f"{receiver.url}/cancelled", "slow=20")
    caller.post("/seedream/tasks", json={"id": task_id, "action": "cancel"})
    (call,) = receiver.wait("/cancelled")
    assert call.json["error"]["code"] == "canceled"


def test_it_is_made_again_until_a_2xx_and_every_attempt_is_kept(
    studio: Server, caller: httpx.Client, receiver: Receiver
) -> None:
    answers = [
        Reply(500, body="down " * 400),
        Reply(302, {"Location": "/elsewhere"}),
        Reply(204, body=""),
    ]
    receiver.reply = lambda call, before: answers[before]
    task_id = start(caller, f"{receiver.url}/again")
    calls = receiver.wait("/again", 3)
    callback_state(caller, task_id, "delivered")
    assert len({call.headers["webhook-id"] for call in calls}) == 1
    assert receiver.at("/x") == []
    about = shown(studio, task_id)
    assert [attempt["status"] for attempt in about["attempts"]] == [500, 302, 204]
    assert about["attempts"][0]["answer"] == ("down " * 400)[:500]
    assert all(attempt["seconds"] >= 0 for attempt in about["attempts"])
    assert calls[1].at - calls[0].at >= 0.15


def test_410_stops_it(caller: httpx.Client, receiver: Receiver) -> None:
    receiver.reply = lambda call, before: Reply(410)
    task_id = start(caller, f"{receiver.url}/gone")
    callback = callback_state(caller, task_id, "given_up")
    assert "410" in callback["reason"]
    time.sleep(0.5)
    assert len(receiver.at("/gone")) == 1


def test_after_the_schedule_it_is_given_up_and_can_be_resent(
    studio: Server, caller: httpx.Client, receiver: Receiver
) -> None:
    receiver.reply = lambda call, before: Reply(500 if before < 4 else 200)
    task_id = start(caller, f"{receiver.url}/resent")
    callback = callback_state(caller, task_id, "given_up")
    assert callback["attempts"] == 4
    assert task_id in studio.run("deliveries", "list", "--state", "given_up").stdout
    done = studio.run("deliveries", "resend", callback["id"])
    assert done.returncode == 0, done.stderr
    receiver.wait("/resent", 5)
    callback_state(caller, task_id, "delivered")
    assert [a["status"] for a in shown(studio, callback["id"])["attempts"]] == [500] * 4 + [200]
    unknown = studio.run("deliveries", "resend", "msg_none")
    assert unknown.returncode == 2
    assert "msg_none" in unknown.stderr


def test_retry_after_is_heeded(caller: httpx.Client, receiver: Receiver) -> None:
    receiver.reply = lambda call, before: (
        Reply(429, {"Retry-After": "1"}) if not before else Reply()
    )
    start(caller, f"{receiver.url}/later")
    first, second = receiver.wait("/later", 2)
    assert second.at - first.at >= 0.95


def test_a_dead_receiver_delays_no_other(caller: httpx.Client) -> None:
    with Receiver(lambda call, before: Reply(seconds=8)) as dead, Receiver() as alive:
        for number in range(12):
            start(caller, f"{dead.url}/{number}")
        began = time.monotonic()
        for number in range(6):
            start(caller, f"{alive.url}/{number}")
        for number in range(6):
            alive.wait(f"/{number}")
        assert time.monotonic() - began < 5
        assert len(dead.calls) == 4
        for call in dead.calls:
            caller.post("/seedream/tasks", json={"id": call.json["task_id"], "action": "cancel"})


def test_the_secret_rotates_with_both_valid_for_a_while(slate: Server, receiver: Receiver) -> None:
    slate.start()
    old = secret_of(slate)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", old)
    new = secret_of(slate, "--rotate")
    assert new != old
    with slate.client() as client:
        start(client, f"{receiver.url}/both")
        (call,) = receiver.wait("/both")
        assert verified(call, old) == verified(call, new)
        newest = secret_of(slate, "--rotate", "--overlap", "0")
        start(client, f"{receiver.url}/one")
        (call,) = receiver.wait("/one")
        verified(call, newest)
        for outdated in (old, new):
            with pytest.raises(WebhookVerificationError):
                verified(call, outdated)


def test_a_withheld_callback_comes_only_when_it_is_resent(
    studio: Server, caller: httpx.Client, receiver: Receiver
) -> None:
    task_id = start(caller, f"{receiver.url}/withheld", "callback_withheld")
    ended(caller, task_id)
    time.sleep(0.3)
    assert receiver.at("/withheld") == []
    assert "drill" in retrieve(caller, task_id)["callback"]["reason"]
    assert studio.run("deliveries", "resend", task_id).returncode == 0
    receiver.wait("/withheld")


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/hook",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:10.0.0.1]/",
        "http://0xA9FEA9FE/",
        "https://user:password@example.com/",
    ],
)
def test_what_no_callback_may_reach_is_refused_at_once(caller: httpx.Client, url: str) -> None:
    response = caller.post("/seedream/images", json=SMALL | {"callback_url": url})
    assert "callback_url" in error(response, 400, "bad_request")


def test_a_server_that_others_can_reach_calls_nobody_on_its_own_machine(
    slate: Server, receiver: Receiver
) -> None:
    slate.settings |= {"outbound_allow_loopback": "false"}
    slate.start()
    with slate.client() as client:
        for url in (f"{receiver.url}/", "http://localhost:9/", "http://[::1]/"):
            response = client.post("/seedream/images", json=SMALL | {"callback_url": url})
            assert "callback_url" in error(response, 400, "bad_request")
    assert receiver.calls == []


def test_a_callback_survives_the_death_of_the_server(slate: Server, receiver: Receiver) -> None:
    slate.settings["callback_retries"] = "[0.1, 3600]"
    receiver.reply = lambda call, before: Reply(500)
    slate.start()
    with slate.client() as client:
        task_id = start(client, f"{receiver.url}/survives")
        deadline = time.monotonic() + 20
        while retrieve(client, task_id)["callback"]["attempts"] < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    slate.kill()
    receiver.reply = lambda call, before: Reply()
    slate.start()
    with slate.client() as client:
        # An hour is to pass before the next attempt, unless somebody asks for it now.
        assert retrieve(client, task_id)["callback"]["state"] == "ready"
        assert slate.run("deliveries", "resend", task_id).returncode == 0
        receiver.wait("/survives", 3)
        callback_state(client, task_id, "delivered")


def test_who_listens_gets_a_copy_of_the_own_callbacks_alone(
    studio: Server,
    caller: httpx.Client,
    stranger: httpx.Client,
    receiver: Receiver,
    tmp_path: Path,
) -> None:
    log = (tmp_path / "listen.log").open("w+")
    arguments = ["listen", "--forward-to", f"{receiver.url}/local", "--server", studio.url]
    listening = subprocess.Popen(
        [*SEEDBED, *arguments],
        env=studio.environment() | {"SEEDBED_KEY": studio.key},
        stdout=log,
        stderr=log,
    )
    try:
        deadline = time.monotonic() + 20
        while "Listening" not in (tmp_path / "listen.log").read_text():
            assert time.monotonic() < deadline, (tmp_path / "listen.log").read_text()
            time.sleep(0.05)
        start(stranger, f"{receiver.url}/theirs")
        task_id = start(caller, f"{receiver.url}/mine")
        (call,) = receiver.wait("/local")
        assert verified(call, secret_of(studio))["task_id"] == task_id
        receiver.wait("/mine")
        receiver.wait("/theirs")
        time.sleep(0.2)
        assert len(receiver.at("/local")) == 1
    finally:
        listening.terminate()
        listening.wait(10)
        log.close()
    assert f"{task_id}  200" in (tmp_path / "listen.log").read_text()


def test_who_may_not_listen_is_told(studio: Server) -> None:
    done = studio.run(
        "listen", "--forward-to", "http://127.0.0.1:9/", "--server", studio.url, "--key", "0" * 32
    )
    assert done.returncode == 1
    assert "API key" in done.stderr


def test_a_revoked_key_hears_no_more(studio: Server) -> None:
    key = studio.run("keys", "create", "leaving").stdout.strip().splitlines()[-1]
    with studio.client(key) as leaving, leaving.stream("GET", "/seedream/callbacks") as copies:
        lines = copies.iter_lines()
        assert next(lines) == ""
        assert studio.run("keys", "revoke", "leaving").returncode == 0
        assert "".join(lines) == ""  # it ends, in its own time


def test_a_senseless_time_to_listen_from_is_refused(caller: httpx.Client) -> None:
    response = caller.get("/seedream/callbacks", params={"since": "yesterday"})
    assert "since" in error(response, 400, "bad_request")


def test_unknown_ids_are_told_in_a_line(studio: Server) -> None:
    for command in ("show", "resend"):
        done = studio.run("deliveries", command, str(uuid.uuid4()))
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
