"""The service holds to its own OpenAPI document, whatever is sent to it.

The app runs in this process with an engine that draws one grey, so that thousands of odd requests
are tried in seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from seedbed import resources
from seedbed.accounts import applications, credentials, tokens, users
from seedbed.app import create_app
from seedbed.settings import Settings
from seedbed.storage.migrate import open_database
from tests.service import NowhereToGo

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
    ignored_auth,
)
EXAMPLES = 60


@pytest.fixture(scope="module")
def keys_and_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """A server in a thread of this process, a key that never runs out, and a platform token."""
    # Callback URLs are made up here; none may be called.
    patch = pytest.MonkeyPatch()
    patch.setattr(resources, "Outbound", NowhereToGo)
    data_dir: Path = tmp_path_factory.mktemp("openapi") / "data"
    settings = Settings(data_dir=data_dir, workers=1, rate_limit=10**9, log_level="error")
    database = open_database(settings)
    user = database.write_now(users.register, "schemathesis@example.com", "")
    _, platform = database.write_now(tokens.create, user.id)
    application = database.write_now(applications.create, "schemathesis", 10**15, user_id=user.id)
    _, token = database.write_now(credentials.create, application.id, "schemathesis")
    database.close()
    config = uvicorn.Config(create_app(settings), port=0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.02)
        assert thread.is_alive(), "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    yield token, platform, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(30)
    assert not thread.is_alive()
    patch.undo()


ENDLESS = "/seedream/callbacks"
"""Its answer never ends, so it cannot be read whole; its own tests read what comes."""
OPERATIONS = [
    operation
    for found in schemathesis.openapi.from_dict(
        create_app(Settings()).openapi()
    ).get_all_operations()
    if (operation := found.ok()).path != ENDLESS
]
TAKES_SOMETHING = [one for one in OPERATIONS if one.body or one.query or one.path_parameters]


def label(operation: APIOperation) -> str:
    return str(operation.label)


def hold(
    operation: APIOperation, mode: GenerationMode, key: str, platform_token: str, url: str
) -> None:
    """Send many cases of one kind, and check each answer against the document."""
    token = platform_token if operation.path.startswith("/api/v1/") else key
    checks = [check for check in CHECKS if not _filters(operation, check)]

    @hypothesis_settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case) -> None:
        response = case.call(base_url=url, headers={"Authorization": f"Bearer {token}"})
        case.validate_response(response, checks=checks)

    check()


def _filters(operation: APIOperation, check: object) -> bool:
    """Tell whether a list is asked to refuse filters that it does not know; it ignores them."""
    is_list = operation.method == "get" and operation.path.startswith("/api/v1/")
    return is_list and check is negative_data_rejection


@pytest.mark.parametrize("operation", OPERATIONS, ids=label)
def test_what_the_document_allows_is_answered_as_it_says(
    operation: APIOperation, keys_and_url: tuple[str, str, str]
) -> None:
    hold(operation, GenerationMode.POSITIVE, *keys_and_url)


@pytest.mark.parametrize("operation", TAKES_SOMETHING, ids=label)
def test_what_the_document_forbids_is_refused(
    operation: APIOperation, keys_and_url: tuple[str, str, str]
) -> None:
    hold(operation, GenerationMode.NEGATIVE, *keys_and_url)
