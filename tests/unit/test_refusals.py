"""The words of each dialect: a row for every error, and no row for what is no error."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from seedbed.api.refusals import ARK, OPENAI, Row, refusal
from seedbed.contract.errors import ALL_ERRORS, BadRequest, InternalError, NoApi, UsedUp
from seedbed.contract.models import find_model

TABLES = pytest.mark.parametrize("table", [ARK, OPENAI], ids=["ark", "openai"])
SENT_AGAIN = frozenset({408, 409, 429})
"""With 5xx: statuses after which both SDKs send a request again, unless a header forbids it."""


@TABLES
def test_every_error_has_its_row(table: Mapping[str, Row]) -> None:
    codes = {error.code for error in ALL_ERRORS}
    assert {key for key in table if "." not in key} == codes
    assert {key.partition(".")[0] for key in table} == codes


@TABLES
def test_a_client_error_is_not_turned_into_ours(table: Mapping[str, Row]) -> None:
    for error in ALL_ERRORS:
        status = table[error.code].status or error.status
        assert (status >= 500) == (error.status >= 500), error


@TABLES
def test_the_end_of_a_wait_and_a_cancellation_are_never_sent_again(
    table: Mapping[str, Row],
) -> None:
    for error in ALL_ERRORS:
        if error.code in ("unfinished", "canceled"):
            status = table[error.code].status or error.status
            assert 400 <= status < 500
            assert status not in SENT_AGAIN


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/api/v3/images/generations", {"error"}),
        ("/v1/images/edits", {"error"}),
        ("/v1beta", {"success", "error", "trace_id"}),
        ("/api/v3", {"success", "error", "trace_id"}),
        ("/api/v1/files/", {"success", "error", "trace_id", "detail", "code"}),
        ("/seedream/images", {"success", "error", "trace_id"}),
    ],
)
def test_the_path_decides_the_dialect(path: str, keys: set[str]) -> None:
    assert set(refusal(path, NoApi("nothing here"), "trace").body) == keys


def test_what_is_wrong_with_a_field_is_told_apart() -> None:
    path = "/api/v3/images/generations"

    def worded(error: BadRequest) -> tuple[int, str]:
        said = refusal(path, error, "0217")
        return said.status, said.body["error"]["code"]

    assert worded(BadRequest("x", param="size")) == (400, "InvalidParameter")
    assert worded(BadRequest("x", param="size", fault="missing")) == (400, "MissingParameter")
    with pytest.raises(BadRequest) as raised:
        find_model("nothing")
    assert worded(raised.value) == (404, "InvalidEndpointOrModel.NotFound")


def test_ark_s_messages_name_the_field_and_end_with_the_request() -> None:
    path = "/api/v3/images/generations"
    said = refusal(path, BadRequest("size 3 is odd.", param="size"), "0217").body["error"]
    assert said["message"] == (
        "The parameter `size` specified in the request is not valid: size 3 is odd. "
        "Request id: 0217"
    )
    said = refusal(path, UsedUp("no credits"), "0217").body["error"]
    assert said == {
        "code": "AccountOverdueError",
        "message": "no credits. Request id: 0217",
        "param": "",
        "type": "Forbidden",
    }
    said = refusal(path, InternalError("x {y}", upstream="Theirs"), "0217").body["error"]
    assert (said["code"], said["message"]) == ("Theirs", "x {y}. Request id: 0217")
