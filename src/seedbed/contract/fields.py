"""The fields of a request as the wire has them: read strictly by type, before any model is known.

A null is an absent field. Nothing is converted: `"true"` is no boolean, `true` is no number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from seedbed.contract.errors import BadRequest

MAX_PROMPT = 20_000
"""Characters that a prompt may have: far beyond what a model heeds, and short to store."""
MAX_URL = 2_048
"""Characters that a callback URL may have."""

ACTIONS = ("generate", "edit")
RESPONSE_FORMATS = ("url", "b64_json")
GROUP_MODES = ("disabled", "auto")

KNOWN = (
    "model",
    "prompt",
    "action",
    "size",
    "image",
    "seed",
    "guidance_scale",
    "sequential_image_generation",
    "sequential_image_generation_options",
    "stream",
    "async",
    "callback_url",
    "response_format",
    "output_format",
    "watermark",
    "tools",
    "optimize_prompt_options",
    "background",
    "layer_decomposition",
    "n",
    "mask",
    "partial_images",
)
"""Every field of a wire, the last three those of OpenAI's; others are ignored and named."""

OPTIONS = {
    "sequential_image_generation_options": ("max_images",),
    "optimize_prompt_options": ("mode",),
}
"""The fields that are objects, and the known fields inside them."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The known fields of a body, each of the right type; None where absent."""

    model: str | None
    prompt: str | None
    action: str | None
    size: str | None
    image: tuple[str, ...]
    seed: int | None
    guidance_scale: float | None
    sequential_image_generation: str | None
    max_images: int | None
    stream: bool | None
    asynchronous: bool | None
    callback_url: str | None
    response_format: str | None
    output_format: str | None
    watermark: bool | None
    tools: tuple[str, ...]
    optimize_prompt_mode: str | None
    background: str | None
    layer_decomposition: bool | None
    n: int | None
    mask: str | None
    partial_images: int | None


def read_fields(body: Mapping[str, Any]) -> Fields:
    """Read the known fields; raise `BadRequest` naming the one that has the wrong type."""
    group = _object(body, "sequential_image_generation_options")
    optimize = _object(body, "optimize_prompt_options")
    return Fields(
        model=text(body, "model"),
        prompt=_prompt(body),
        action=choice(body, "action", ACTIONS),
        size=text(body, "size"),
        image=_images(body),
        seed=integer(body, "seed"),
        guidance_scale=number(body, "guidance_scale"),
        sequential_image_generation=choice(body, "sequential_image_generation", GROUP_MODES),
        max_images=integer(group, "sequential_image_generation_options.max_images"),
        stream=boolean(body, "stream"),
        asynchronous=boolean(body, "async"),
        callback_url=_url(body, "callback_url"),
        response_format=choice(body, "response_format", RESPONSE_FORMATS),
        output_format=text(body, "output_format"),
        watermark=boolean(body, "watermark"),
        tools=_tools(body),
        optimize_prompt_mode=text(optimize, "optimize_prompt_options.mode"),
        background=text(body, "background"),
        layer_decomposition=boolean(body, "layer_decomposition"),
        n=integer(body, "n"),
        mask=_mask(body),
        partial_images=integer(body, "partial_images"),
    )


def unknown_fields(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the fields that nobody knows, sorted; those inside an object as `object.field`."""
    return tuple(sorted(_unknown(body)))


def known_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what `read_fields` reads, and so has checked: what is unknown is nothing to store."""
    kept = {name: value for name, value in body.items() if name in KNOWN and value is not None}
    for name, keys in OPTIONS.items():
        if name in kept:
            kept[name] = {key: value for key, value in kept[name].items() if key in keys}
    if "tools" in kept:
        kept["tools"] = [{"type": tool["type"]} for tool in kept["tools"]]
    return kept


def _unknown(body: Mapping[str, Any]) -> Iterator[str]:
    for name, value in body.items():
        if value is None:
            continue
        if name not in KNOWN:
            yield name
        elif name in OPTIONS and isinstance(value, Mapping):
            unknown = (key for key in value if key not in OPTIONS[name])
            yield from (f"{name}.{key}" for key in unknown if value[key] is not None)


def either(allowed: Sequence[str]) -> str:
    """Say a choice in words: `2K, 3K or 4K`."""
    return " or ".join(filter(None, (", ".join(allowed[:-1]), allowed[-1])))


def shown(value: object) -> str:
    """Show a value of the caller's inside a message, however long it is."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def text(body: Mapping[str, Any], name: str) -> str | None:
    """Read a string that can be stored; None when absent."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _wrong_type(name, "a string", value)
    return _storable(value, name)


def _storable(value: str, name: str) -> str:
    """Refuse what JSON can say and no text can hold: half a surrogate pair, and NUL."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _refused(name, "is not valid Unicode text") from None
    if "\0" in value:
        raise _refused(name, "holds the character U+0000, which no text may")
    return value


def _prompt(body: Mapping[str, Any]) -> str | None:
    prompt = text(body, "prompt")
    if prompt is not None and len(prompt) > MAX_PROMPT:
        raise _too_long("prompt", prompt, MAX_PROMPT)
    return prompt


def texts(body: Mapping[str, Any], name: str, most: int) -> tuple[str, ...] | None:
    """Read a list of at most so many strings; None when absent."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, list):
        raise _wrong_type(name, "a list of strings", value)
    if len(value) > most:
        raise _refused(name, f"has {len(value):,} entries; at most {most} are taken")
    return tuple(_entry(entry, f"{name}[{index}]") for index, entry in enumerate(value))


def _entry(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise _wrong_type(name, "a string", value)
    return _storable(value, name)


def choice(body: Mapping[str, Any], name: str, allowed: Sequence[str]) -> str | None:
    """Read a string that is one of those allowed; None when absent."""
    value = text(body, name)
    if value is None or value in allowed:
        return value
    raise _refused(name, f"{shown(value)} is not known; use {either(allowed)}")


def boolean(body: Mapping[str, Any], name: str) -> bool | None:
    """Read true or false; None when absent."""
    value = body.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise _wrong_type(name, "true or false", value)


def integer(body: Mapping[str, Any], name: str) -> int | None:
    """Read a whole number, also one written as 3.0; None when absent."""
    value = number(body, name)
    if value is None:
        return None
    if value != int(value):
        raise _refused(name, f"must be a whole number, not {shown(value)}")
    return int(value)


def number(body: Mapping[str, Any], name: str) -> float | None:
    """Read a finite number; None when absent."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(name, "a number", value)
    if not _is_finite(value):
        raise _refused(name, "must be a finite number of ordinary size")
    return value


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond every float
        return False


def _images(body: Mapping[str, Any]) -> tuple[str, ...]:
    value = body.get("image")
    if value is None:
        return ()
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list):
        raise _wrong_type("image", "a string or a list of strings", value)
    return tuple(_image(entry, index) for index, entry in enumerate(entries))


def _image(value: object, index: int) -> str:
    image = _entry(value, f"image[{index}]")
    if not image.strip():
        raise _refused(f"image[{index}]", "is empty; give a URL or a data URI")
    return image


def _mask(body: Mapping[str, Any]) -> str | None:
    mask = text(body, "mask")
    if mask is not None and not mask.strip():
        raise _refused("mask", "is empty; give a URL or a data URI")
    return mask


def _tools(body: Mapping[str, Any]) -> tuple[str, ...]:
    value = body.get("tools")
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _wrong_type("tools", 'a list such as [{"type": "web_search"}]', value)
    return tuple(_tool(entry, index) for index, entry in enumerate(value))


def _tool(entry: object, index: int) -> str:
    name = f"tools[{index}]"
    if not isinstance(entry, dict):
        raise _wrong_type(name, 'an object such as {"type": "web_search"}', entry)
    kind = entry.get("type")
    if not isinstance(kind, str):
        raise _wrong_type(f"{name}.type", "a string", kind)
    return _storable(kind, f"{name}.type")


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Read an object; its fields are named with it, as messages show them."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong_type(name, "an object", value)
    return {f"{name}.{key}": entry for key, entry in value.items()}


def _url(body: Mapping[str, Any], name: str) -> str | None:
    value = text(body, name)
    if value is None:
        return None
    if len(value) > MAX_URL:
        raise _too_long(name, value, MAX_URL)
    if not _is_web_address(value):
        raise _refused(name, f"{shown(value)} is no URL such as https://example.com/hook")
    return value


def _is_web_address(value: str) -> bool:
    """Check the form alone; where it leads is checked when it is called."""
    if not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _too_long(name: str, value: str, most: int) -> BadRequest:
    return _refused(name, f"has {len(value):,} characters; at most {most:,} are taken")


def _wrong_type(name: str, expected: str, value: object) -> BadRequest:
    kinds = {
        type(None): "null",
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "a string",
        dict: "an object",
    }
    return _refused(name, f"must be {expected}, not {kinds.get(type(value), 'a list')}")


def _refused(name: str, fault: str) -> BadRequest:
    """Say what is wrong with a field, blaming `image` for `image[1]`."""
    return BadRequest(f"{name} {fault}", param=re.split(r"[.\[]", name, maxsplit=1)[0])
