"""Typed settings: environment first, then `seedbed.toml`, then the defaults written here.

`SEEDBED_PORT=9000` and `port = 9000` in `seedbed.toml` say the same. Tables such as `prices`
are JSON in the environment and tables in the file. `sources()` tells where each value came from.
"""

from __future__ import annotations

import ipaddress
import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PrivateAttr, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from seedbed.contract.errors import BadRequest
from seedbed.contract.models import find_model
from seedbed.mail import check_smtp_url

CONFIG_FILE = "seedbed.toml"
PREFIX = "SEEDBED_"

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]
Credits = Annotated[Decimal, Field(ge=0, le=10**9, decimal_places=6)]
EngineNames = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    Field(min_length=1),
    BeforeValidator(lambda names: (names,) if isinstance(names, str) else names),
]


class Settings(BaseSettings):
    """All that can be set; each field's description is its documentation."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, toml_file=CONFIG_FILE, extra="forbid", frozen=True
    )

    data_dir: Path = Field(
        Path("data"), description="Folder of the database, the pictures and the signing secret."
    )
    host: str = Field("127.0.0.1", description="Address that `seedbed serve` listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that `seedbed serve` listens on.")
    public_url: str | None = Field(
        None,
        description="Base of the picture URLs, such as `https://draw.example`; "
        "without it, the address that the request itself was sent to.",
    )
    workers: Count = Field(
        default_factory=lambda: os.cpu_count() or 1,
        description="Worker processes that draw and encode; by default one per processor.",
    )
    engines: dict[str, EngineNames] = Field(
        {"*": ("sketch",)},
        description="Which engines serve which model: model name to the name of an engine, or to "
        "a list of them, each standing in for the one before when that is unavailable; "
        "`*` stands for every model not named.",
    )
    engine_options: dict[str, dict[str, Any]] = Field(
        {},
        description="Options handed to an engine when it is created, by engine name; the option "
        "`kind` names the installed engine where the name is another, for two of one kind.",
    )
    model_aliases: dict[str, str] = Field(
        {
            "gpt-image-1": "doubao-seedream-4-0-250828",
            "gpt-image-1-mini": "doubao-seedream-4-0-250828",
            "dall-e-3": "doubao-seedream-4-0-250828",
        },
        description="Other names by which requests may ask for a model, such as the id of an "
        "inference endpoint (`ep-…`): name to model.",
    )
    price: Credits = Field(Decimal(1), description="Credits that one delivered picture costs.")
    prices: dict[str, Credits] = Field(
        {}, description="Credits per picture for single models, by model name."
    )
    grant: Credits = Field(
        Decimal(10_000), description="Credits that `seedbed keys create` grants unless told."
    )
    quota: Credits = Field(
        Decimal(100), description="Credits that a user gets once, free, on pressing Acquire."
    )
    registration: bool = Field(True, description="Whether strangers may register in the console.")
    session_ttl: Seconds = Field(
        14 * 86_400, description="Seconds for which a login to the console lasts."
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server for links that reset a password, such as "
        "`smtp://user:password@host:587`; without one, `seedbed users reset` prints them.",
    )
    oidc_issuer: str | None = Field(
        None,
        description="Issuer of an OpenID Connect provider through which people log in; "
        "needs `pip install 'seedbed[oidc]'`.",
    )
    oidc_client_id: str = Field("", description="The client id that the provider has given.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="The client secret that the provider has given, if it has."
    )
    oidc_name: str = Field("OpenID", description="What the button of that login says.")
    mail_from: str = Field(
        "Seedbed <seedbed@localhost>", description="Sender of the mails that the console sends."
    )
    login_limit: Count = Field(
        20, description="Attempts to log in, or to register, of one address in a minute."
    )
    rate_limit: Count = Field(
        600, description="Requests for pictures that one key may make in a minute."
    )
    poll_limit: Count = Field(
        3600, description="Questions about tasks that one key may ask in a minute."
    )
    max_unfinished_tasks: Count = Field(
        1000, description="Tasks of one application that may be waiting or running at once."
    )
    max_request_bytes: Count = Field(
        64 * 1024 * 1024,
        description="Largest request body that is accepted, in bytes; pictures may be inside it.",
    )
    input_timeout: Seconds = Field(
        10, description="Seconds that the download of an input picture may take."
    )
    wait_timeout: Seconds = Field(
        240,
        description="Seconds that a synchronous request waits for its task; "
        "after them it is answered with the task's id.",
    )
    keep_alive: Seconds = Field(
        5, description="Seconds of silence after which a stream sends a sign of life."
    )
    task_timeout: Seconds = Field(
        900, description="Seconds from submission after which an unfinished task is failed."
    )
    max_attempts: Count = Field(
        3, description="Times a task is started again after its process died, in all."
    )
    callback_retries: tuple[Annotated[float, Field(ge=0)], ...] = Field(
        (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 30_000),
        description="Seconds between the attempts at a callback, each varied by a fifth; "
        "after the last it is given up.",
    )
    outbound_allow_loopback: Literal["auto", "true", "false"] = Field(
        "auto",
        description="Whether callbacks may go to this very machine; `auto` says yes while the "
        "server is reached through loopback only, as `host` and `public_url` say.",
    )
    task_retention: Seconds = Field(
        30 * 86_400, description="Seconds after which an ended task is removed."
    )
    picture_retention: Seconds = Field(
        30 * 86_400, description="Seconds after which a picture is removed."
    )
    drills: bool = Field(
        False, description="Whether requests may ask for failures, to test how clients take them."
    )
    stop_timeout: Seconds = Field(
        5,
        description="Seconds that a stop waits for answers under way; "
        "their tasks go on at the next start.",
    )
    url_ttl: Seconds = Field(86_400, description="Seconds for which a picture's URL is valid.")
    watermark_text: str = Field(
        "AI generated",
        min_length=1,
        max_length=40,
        description="Text of the visible watermark.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Lowest level that is logged."
    )
    log_format: Literal["text", "json"] = Field("text", description="How log lines are written.")

    @field_validator("engines", "prices")
    @classmethod
    def _known_models(cls, table: dict[str, Any]) -> dict[str, Any]:
        """Key the table by canonical model id; an unknown model is an error at start, not later."""
        return {_model_id(name): value for name, value in table.items()}

    @field_validator("engines")
    @classmethod
    def _named_once(cls, table: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for model, names in table.items():
            if len(set(names)) < len(names):
                raise ValueError(f"{model} names an engine twice: {', '.join(names)}")
        return table

    @field_validator("model_aliases")
    @classmethod
    def _known_targets(cls, table: dict[str, str]) -> dict[str, str]:
        return {name.strip().lower(): _model_id(model) for name, model in table.items()}

    @field_validator("public_url")
    @classmethod
    def _http_base(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if not url.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return url.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, url: SecretStr | None) -> SecretStr | None:
        return None if url is None else SecretStr(check_smtp_url(url.get_secret_value()))

    _given: frozenset[str] = PrivateAttr(frozenset())
    """Names of what the command line said."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._given = frozenset(given)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def allows_loopback(self) -> bool:
        """Whether calls that a user asks for may go to this machine."""
        if self.outbound_allow_loopback == "auto":
            # With a public URL others reach this server through a proxy, wherever it listens.
            reached = urlsplit(self.public_url).hostname if self.public_url else self.host
            return is_loopback(self.host) and is_loopback(reached or "")
        return self.outbound_allow_loopback == "true"

    @property
    def own_url(self) -> str:
        """Where this server is reached, whatever a request says of it: for links in mails."""
        return self.public_url or f"http://{self.host}:{self.port}"

    def engines_of(self, model_id: str) -> tuple[str, ...]:
        """Name the engines configured for a model: the first, then those that stand in for it."""
        return self.engines.get(model_id, self.engines.get("*", ("sketch",)))

    def price_of(self, model_id: str) -> Decimal:
        """Give the price of one picture of a model, in credits."""
        return self.prices.get(model_id, self.price)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach what listens on a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def sources(settings: Settings) -> dict[str, str]:
    """Tell for each setting where its value came from.

    A table that several places fill is joined from all of them, the first named winning.
    """
    from_file = TomlConfigSettingsSource(Settings)()
    environment = {name.upper() for name in os.environ}

    def source(name: str) -> str:
        variable = PREFIX + name.upper()
        places = {
            "command line": name in settings._given,
            f"environment {variable}": variable in environment,
            CONFIG_FILE: name in from_file,
        }
        found = [place for place, says_it in places.items() if says_it] or ["default"]
        return ", ".join(found) if isinstance(getattr(settings, name), dict) else found[0]

    return {name: source(name) for name in Settings.model_fields}


def unknown_variables() -> list[str]:
    """List the variables of the environment that look like settings and are none."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    return sorted(
        name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known
    )


def _model_id(name: str) -> str:
    if name == "*":
        return name
    try:
        return find_model(name).id
    except BadRequest as error:
        raise ValueError(error.message) from error
