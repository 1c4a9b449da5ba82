"""Settings: where each comes from, in which order, and what is wrong with a wrong one."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from seedbed.settings import Settings, sources, unknown_variables


def write(text: str) -> None:
    Path("seedbed.toml").write_text(text)


def test_defaults_are_enough() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 8000, Path("data"))
    assert settings.workers == os.cpu_count()
    assert (settings.rate_limit, settings.max_unfinished_tasks) == (600, 1000)
    assert settings.grant == 10_000
    assert settings.url_ttl == 24 * 3600
    assert set(sources(settings).values()) == {"default"}


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("port = 1\nhost = 'file'\nworkers = 3\n")
    monkeypatch.setenv("SEEDBED_PORT", "2")
    monkeypatch.setenv("seedbed_host", "environment")
    settings = Settings(port=4)
    assert (settings.port, settings.host, settings.workers) == (4, "environment", 3)
    origin = sources(settings)
    assert origin["port"] == "command line"
    assert origin["host"] == "environment SEEDBED_HOST"
    assert origin["workers"] == "seedbed.toml"
    assert origin["grant"] == "default"
    assert sources(Settings())["port"] == "environment SEEDBED_PORT"


def test_tables_are_json_in_the_environment_and_joined_with_those_of_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write('[engines]\n"*" = "ark"\n[prices]\n"doubao-seedream-4.0" = 2.5\n')
    monkeypatch.setenv("SEEDBED_ENGINES", '{"doubao-seedream-4-0-250828": "grey"}')
    settings = Settings()
    assert settings.engines_of("doubao-seedream-4-0-250828") == ("grey",)
    assert settings.engines_of("doubao-seedream-4.5") == ("ark",)
    assert settings.price_of("doubao-seedream-4-0-250828") == Decimal("2.5")
    assert settings.price_of("doubao-seedream-4.5") == 1
    assert sources(settings)["engines"] == "environment SEEDBED_ENGINES, seedbed.toml"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("PORT", "http"),
        ("WORKERS", "0"),
        ("WAIT_TIMEOUT", "0"),
        ("PRICE", "-1"),
        ("PRICE", "0.0000001"),
        ("GRANT", "NaN"),
        ("GRANT", "1000000001"),
        ("PUBLIC_URL", "draw.example"),
        ("WATERMARK_TEXT", ""),
        ("LOG_LEVEL", "loud"),
        ("ENGINES", '{"dall-e-3": "sketch"}'),
        ("PRICES", '{"doubao-seedream-4.0": -1}'),
    ],
)
def test_a_wrong_value_names_its_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"SEEDBED_{name}", value)
    with pytest.raises(ValidationError) as told:
        Settings()
    assert told.value.errors()[0]["loc"][0] == name.lower()


def test_a_table_that_is_no_json_names_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_ENGINES", "sketch")
    with pytest.raises(SettingsError, match="engines"):
        Settings()


def test_an_unknown_name_in_the_file_is_refused() -> None:
    write("prot = 9000\n")
    with pytest.raises(ValidationError, match="prot"):
        Settings()


def test_an_unknown_variable_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_PROT", "9000")
    monkeypatch.setenv("SEEDBED_PORT", "9000")
    assert unknown_variables() == ["SEEDBED_PROT"]


def test_the_base_of_urls_has_no_slash_at_its_end() -> None:
    assert Settings(public_url="https://draw.example/").public_url == "https://draw.example"


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("host", "public_url", "allowed"),
    [
        ("127.0.0.1", None, True),
        ("::1", "http://localhost:8000", True),
        ("127.0.0.1", "https://draw.example", False),
        ("0.0.0.0", None, False),
        ("0.0.0.0", "http://127.0.0.1", False),
    ],
)
def test_only_who_is_reached_through_loopback_calls_loopback(
    host: str, public_url: str | None, allowed: bool
) -> None:
    assert Settings(host=host, public_url=public_url).allows_loopback is allowed
    assert Settings(host=host, outbound_allow_loopback="true").allows_loopback
    assert not Settings(host=host, outbound_allow_loopback="false").allows_loopback
