"""The hierarchy of errors: complete, drawn truly, and in the words of the contract."""

from __future__ import annotations

import pickle

import pytest

from seedbed.contract import errors
from seedbed.contract.errors import ALL_ERRORS, ApiError, BadRequest, TooManyRequests, error_of

each_error = pytest.mark.parametrize("error", ALL_ERRORS, ids=lambda error: error.__name__)


def test_the_codes_and_statuses_are_those_of_the_contract() -> None:
    assert {(error.code, error.status) for error in ALL_ERRORS} == {
        ("bad_request", 400),
        ("bad_request", 405),
        ("token_mismatched", 400),
        ("api_not_implemented", 400),
        ("duplication", 400),
        ("invalid_token", 401),
        ("token_expired", 401),
        ("used_up", 403),
        ("disabled", 403),
        ("forbidden", 403),
        ("no_api", 404),
        ("not_found", 404),
        ("conflict", 409),
        ("canceled", 410),
        ("request_too_large", 413),
        ("unfinished", 422),
        ("too_many_requests", 429),
        ("api_error", 500),
        ("timeout", 504),
    }


@each_error
def test_the_drawing_shows_every_error(error: type[ApiError]) -> None:
    drawn = errors.__doc__ or ""
    (line,) = [line for line in drawn.splitlines() if f" {error.__name__} " in line]
    assert line.split()[-2:] == [str(error.status), error.code]


@each_error
def test_an_error_says_when_it_comes_and_what_to_do(error: type[ApiError]) -> None:
    for sentence in (error.when, error.advice):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert error().message == error.when
    assert error("because").message == str(error("because")) == "because"


@each_error
def test_an_error_keeps_all_it_says_between_processes(error: type[ApiError]) -> None:
    sent = error("because", param="size", retry_after=2.5)
    got = pickle.loads(pickle.dumps(sent))
    assert type(got) is error
    assert (got.message, got.param, got.retry_after) == ("because", "size", 2.5)


def test_a_stored_code_becomes_its_error_again() -> None:
    for error in ALL_ERRORS:
        again = error_of(error.code, "because")
        assert (again.code, again.message) == (error.code, "because")
    assert type(error_of("bad_request", "x")) is BadRequest
    assert type(error_of("too_many_requests", "x")) is TooManyRequests
    assert error_of("never heard of", "x").code == "api_error"
