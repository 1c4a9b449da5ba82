"""Reads a form as the object that its JSON would be: `image[]`, `tools[0][type]`, `"false"`.

A form knows only texts and files. A file becomes a data URI, a text the value that its field's
type asks for; a text that does not say such a value stays a text, for the contract to refuse.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from seedbed.contract.errors import BadRequest

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
MAX_FILES = 20
MAX_FIELDS = 200
MAX_DEPTH = 3
FILE = "data:image/upload;base64,"
"""Begins a file as a data URI; what kind of picture it is, its bytes say."""

_NAME = re.compile(r"(?P<first>[^\[\]]{1,100})(?P<more>(?:\[[^\[\]]{0,100}\])*)$")
_NUMBER = re.compile(r"-?\d{1,18}(?P<fraction>\.\d{1,18})?")
_TRUTHS = {"true": True, "false": False, "1": True, "0": False}

Kinds = Mapping[str, Callable[[str], object]]
"""How the texts of a field become values, by the last name of its path."""


def boolean(text: str) -> object:
    """Read `true` or `false`."""
    return _TRUTHS.get(text.strip().lower(), text)


def number(text: str) -> object:
    """Read a number."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return text
    return float(found[0]) if found["fraction"] else int(found[0])


def structure(text: str) -> object:
    """Read a list or an object that is written as JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def is_form(request: Request) -> bool:
    """Tell whether a body is a form, by its type."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() in FORMS


async def form_object(
    request: Request, kinds: Kinds, lists: Iterable[str], max_bytes: int
) -> dict[str, Any]:
    """Read a form of at most so many bytes a part; fields in `lists` may come several times.

    Raises `BadRequest` for a form that cannot be read. Empty texts are absent fields.
    """
    try:
        form = await request.form(
            max_files=MAX_FILES, max_fields=MAX_FIELDS, max_part_size=max_bytes
        )
    except HTTPException as error:
        raise BadRequest(f"The form cannot be read: {error.detail}") from error
    body: dict[str, Any] = {name: [] for name in lists}
    try:
        for name, part in form.multi_items():
            if isinstance(part, UploadFile):
                _put(body, _path(name), await _uri(part))
            elif part:
                path = _path(name)
                _put(body, path, kinds.get(path[-1], str)(part))
    finally:
        await form.close()
    return {name: value for name, value in body.items() if value != []}


async def _uri(file: UploadFile) -> str:
    data = await file.read()
    encoded = await asyncio.to_thread(base64.b64encode, data)
    return FILE + encoded.decode("ascii")


def _path(name: str) -> list[str]:
    """Take `a[b][0]` apart; a list's places, numbered or not, are all written ``."""
    found = _NAME.match(name)
    if found is None:
        raise BadRequest(f"The form's part {name[:100]!r} has no name such as size or a[b].")
    inner = re.findall(r"\[([^\[\]]*)\]", found["more"])
    path = [found["first"], *("" if key.isdigit() else key for key in inner)]
    if len(path) > MAX_DEPTH:
        raise BadRequest(f"The form's part {name[:100]!r} is nested too deeply.")
    return path


def _put(holder: dict[str, Any], path: Sequence[str], value: object) -> None:
    """Put a value into its place, and make the objects and lists around it."""
    key, *rest = path
    if rest[:1] == [""]:
        entries = holder.setdefault(key, [])
        if not isinstance(entries, list):
            _contradiction(path)
        if rest == [""]:
            entries.append(value)
        else:
            inner: dict[str, Any] = {}
            _put(inner, rest[1:], value)
            entries.append(inner)
    elif rest:
        inside = holder.setdefault(key, {})
        if not isinstance(inside, dict):
            _contradiction(path)
        _put(inside, rest, value)
    elif isinstance(holder.get(key), list):
        holder[key].append(value)
    elif key in holder:
        _contradiction(path)
    else:
        holder[key] = value


def _contradiction(path: Sequence[str]) -> NoReturn:
    raise BadRequest(f"The form has {path[0][:60]!r} twice, where it can have one value only.")
