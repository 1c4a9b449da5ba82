"""Reads a request's JSON body, whatever may be wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from fastapi import Request

from seedbed.contract.errors import BadRequest


async def json_object(request: Request) -> Mapping[str, Any]:
    """Parse the body as one JSON object; raise `BadRequest` saying what is wrong with it."""
    raw = await request.body()
    if not raw.strip():
        raise BadRequest("The request body is empty; send a JSON object.")
    try:
        body = json.loads(raw, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise BadRequest("The request body is not UTF-8 text.") from error
    except json.JSONDecodeError as error:
        raise BadRequest(
            f"The request body is not valid JSON: {error.msg} at line {error.lineno}, "
            f"column {error.colno}."
        ) from error
    except (RecursionError, ValueError) as error:
        raise BadRequest("The request body is JSON that cannot be read.") from error
    if not isinstance(body, dict):
        raise BadRequest('The request body must be a JSON object such as {"prompt": "a cat"}.')
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise BadRequest(f"The request body is not valid JSON: {name} is no JSON number.")
