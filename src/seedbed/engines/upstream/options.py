"""The options of the upstream engines: read strictly, each with its meaning.

An option that does not exist or has a wrong value is a ValueError whose text says what is allowed.
A key is never an option: it comes from the environment variable that `key_env` names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yarl import URL

MAX_CONCURRENCY = 1024
MAX_SECONDS = 86_400
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name, what it is when nothing is said, what it means, and how it is read."""

    name: str
    default: Any
    meaning: str
    read: Callable[[object], Any]
    """Checks and converts a value; raises ValueError with words that follow the option's name."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where an upstream is and how it is called."""

    base_url: str
    key: str | None = field(repr=False)
    """Sent as a bearer token; empty where none is needed, None when it is missing."""
    key_env: str
    models: Mapping[str, str]
    concurrency: int
    requests_per_minute: int | None
    connect_timeout: float
    timeout: float
    download_timeout: float
    picture_origins: tuple[str, ...]

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins that pictures may come from although they are no public addresses."""
        return (str(URL(self.base_url).origin()), *self.picture_origins)

    def model(self, model_id: str) -> str:
        """Give the upstream's name of a model."""
        return self.models.get(model_id) or self.models.get("*") or model_id


def read_options(
    engine: str, options: Sequence[Option], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the value of every option; raise ValueError for what the engine does not take."""
    known = {option.name: option for option in options}
    for name in given:
        if name not in known:
            raise ValueError(f"{engine} takes no option {name!r}; it takes {', '.join(known)}")
    return {name: _value(engine, option, given) for name, option in known.items()}


def link_of(engine: str, values: Mapping[str, Any]) -> Link:
    """Make the link of the options of `connection`, with the key from the environment."""
    key_env = values["key_env"]
    key = os.environ.get(key_env, "").strip() or None if key_env else ""
    if key and not (key.isascii() and key.isprintable()):
        raise ValueError(f"{engine}: the variable {key_env} holds characters that no key has")
    names = (option.name for option in connection("", ""))
    return Link(key=key, **{name: values[name] for name in names})


def connection(base_url: str, key_env: str) -> tuple[Option, ...]:
    """List the options that every upstream engine takes; an engine has its own defaults of two."""
    return (
        Option("base_url", base_url, "Where the API is; may be any address, also a private one.",
               http_url),
        Option("key_env", key_env, "Name of the environment variable that holds the key; "
               "empty to send none.", variable),
        Option("models", {}, "The upstream's name of a model, by any name of the model; "
               "`*` stands for every model not named. Without one, the id itself is sent.", texts),
        Option("concurrency", 16, "Requests that are under way at once.",
               count(1, MAX_CONCURRENCY)),
        Option("requests_per_minute", None, "Requests that are sent within any minute; "
               "one more waits its turn. Without a number there is no limit.", optional_count),
        Option("connect_timeout", 10.0, "Seconds that a connection may take to be made.", seconds),
        Option("timeout", 600.0, "Seconds that a request may take in all.", seconds),
        Option("download_timeout", 60.0, "Seconds that the download of one picture may take.",
               seconds),
        Option("picture_origins", (), "Further origins that pictures may be downloaded from, "
               "although they are no public addresses.", origins),
    )  # fmt: skip


def http_url(value: object) -> str:
    """Read the base of an API, without a slash at its end."""
    try:
        url = URL(value) if isinstance(value, str) else None
        if url and url.scheme in ("http", "https") and url.host and not _has_more(url):
            return str(url).rstrip("/")
    except ValueError:
        pass
    raise ValueError("must be a URL such as https://host/api, without a user name or a query")


def _has_more(url: URL) -> bool:
    return bool(url.user or url.password or url.query_string or url.fragment)


def origins(value: object) -> tuple[str, ...]:
    """Read a list of origins."""
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list such as ['http://10.0.0.5:9000']")
    return tuple(str(URL(http_url(one)).origin()) for one in value)


def variable(value: object) -> str:
    """Read the name of an environment variable; empty for none.

    In capitals, so that no key that was pasted here is taken for a name, and shown.
    """
    if isinstance(value, str) and (not value or _VARIABLE.fullmatch(value)):
        return value
    raise ValueError("must be the name of an environment variable, in capitals, never a key itself")


def texts(value: object) -> dict[str, str]:
    """Read a table of strings."""
    if isinstance(value, Mapping) and all(
        isinstance(one, str) and one for pair in value.items() for one in pair
    ):
        return dict(value)
    raise ValueError("must be a table of strings such as {'*' = 'ep-20260101000000-abcde'}")


def table(value: object) -> dict[str, Any]:
    """Read a table of anything."""
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return dict(value)
    raise ValueError("must be a table such as {quality = 'high'}")


def count(least: int, most: int) -> Callable[[object], int]:
    """Read a whole number within bounds."""

    def read(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise ValueError(f"must be a whole number from {least} to {most}")

    return read


def optional_count(value: object) -> int | None:
    """Read a whole number from 1, or none."""
    return None if value is None else count(1, 1_000_000)(value)


def seconds(value: object) -> float:
    """Read a time in seconds."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(value, int | float) and is_number and 0 < value <= MAX_SECONDS:
        return float(value)
    raise ValueError("must be a number of seconds, above 0 and at most 86400")


def boolean(value: object) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError("must be true or false")


def choice(*allowed: str | None) -> Callable[[object], str | None]:
    """Read one of the values allowed; None among them stands for saying nothing."""

    def read(value: object) -> str | None:
        if value in allowed:
            return value
        raise ValueError(f"must be {' or '.join(repr(one) for one in allowed if one)}")

    return read


def some_of(*allowed: str) -> Callable[[object], tuple[str, ...]]:
    """Read a list of some of the values allowed."""

    def read(value: object) -> tuple[str, ...]:
        if isinstance(value, list | tuple) and all(one in allowed for one in value):
            return tuple(value)
        raise ValueError(f"must be a list of some of {', '.join(allowed)}")

    return read


def _value(engine: str, option: Option, given: Mapping[str, Any]) -> Any:
    if option.name not in given:
        return option.default
    try:
        return option.read(given[option.name])
    except ValueError as error:
        raise ValueError(f"{engine}: the option {option.name} {error}") from None
