"""The platform's own API, `/api/v1/…`: applications, credentials and tokens for programs.

What the console offers people, by the same services. A platform token stands for a user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from seedbed.accounts import applications, credentials, ledger, tokens, users
from seedbed.accounts.applications import AlreadyAcquired, Application
from seedbed.accounts.credentials import APIS, Credential, WrongKey
from seedbed.accounts.credits import to_credits, to_micros
from seedbed.accounts.tokens import PlatformToken, TooManyTokens
from seedbed.accounts.users import User
from seedbed.api.access import Held, Owner
from seedbed.contract.errors import BadRequest, Duplication, Forbidden, NotFound
from seedbed.contract.models import MODELS, Model
from seedbed.resources import Resources

router = APIRouter(prefix="/api/v1", tags=["Platform"])
Json = dict[str, Any]

SERVICE_ID = "a0a296f0-22de-422b-943d-1c623a73b8dd"
SERVICE_ALIAS = "seedream"
API_IDS = dict(
    zip(
        APIS,
        ("86ad30f3-0bc8-4b9b-b019-b9fa5b05672e", "a89ab5c9-f956-42b5-a867-abb3d00d2f75"),
        strict=True,
    )
)
"""The ids of the service and its APIs on the hosted platform, which programs have written down."""
OWNER = "seedbed"
MODEL_TYPE = "image"

Limit = Annotated[int, Query(ge=1, le=100)]
Offset = Annotated[int, Query(ge=0, le=10**6)]
Whose = Annotated[str | None, Query(max_length=100, description="`me`, or one's own id.")]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class NewApplication(_Body):
    """What to acquire: this service, by its id or alias; nothing said is this service too."""

    service_id: str | None = Field(None, max_length=100)
    type: Literal["Usage"] | None = None
    scope: Literal["Individual", "Global"] | None = None


class NewCredential(_Body):
    """A key to be made; without limits it may do what its application may."""

    application_id: str = Field(max_length=100)
    name: str = Field("key", max_length=1000)
    limited_amount: float | None = Field(None, description="Credits that it may use in all.")
    expired_at: str | float | None = Field(
        None, description="When it expires: ISO 8601, or Unix seconds."
    )
    allowed_api_ids: list[str] | None = Field(
        None, max_length=10, description=f"Ids of APIs, or their names: {', '.join(APIS)}."
    )


@router.get("/applications", include_in_schema=False)
@router.get("/applications/", summary="List one's applications")
async def list_applications(
    held: Held, owner: Owner, user_id: Whose = None, limit: Limit = 20, offset: Offset = 0
) -> JSONResponse:
    """List what the token's user has acquired: one application, or none."""
    _check_own(owner, user_id)
    found = await held.database.read(_applications, owner, held)
    return _listed(found, limit, offset)


@router.post("/applications", include_in_schema=False)
@router.post("/applications/", summary="Acquire the service", status_code=201)
async def acquire(held: Held, owner: Owner, body: NewApplication) -> JSONResponse:
    """Make the user's application, with the free quota; a second is refused."""
    if body.service_id not in (None, SERVICE_ID, SERVICE_ALIAS):
        raise BadRequest(f"service_id: there is one service here, {SERVICE_ID}", param="service_id")
    made = await held.database.write(_acquire, owner, held)
    return JSONResponse(made, 201)


@router.get("/applications/{application_id}", include_in_schema=False)
@router.get("/applications/{application_id}/", summary="Show an application")
async def show_application(held: Held, owner: Owner, application_id: str) -> JSONResponse:
    """Show the application with its balance, its service and its keys."""
    return JSONResponse(await held.database.read(_application_of, owner, application_id, held))


@router.get("/credentials", include_in_schema=False)
@router.get("/credentials/", summary="List one's keys")
async def list_credentials(
    held: Held,
    owner: Owner,
    user_id: Whose = None,
    application_id: Annotated[str | None, Query(max_length=100)] = None,
    name: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 20,
    offset: Offset = 0,
) -> JSONResponse:
    """List the live keys of the token's user; of each token only the end is known."""
    _check_own(owner, user_id)
    found = await held.database.read(_credentials, owner, application_id, name)
    return _listed(found, limit, offset)


@router.post("/credentials", include_in_schema=False)
@router.post("/credentials/", summary="Make a key", status_code=201)
async def create_credential(held: Held, owner: Owner, body: NewCredential) -> JSONResponse:
    """Make a key; its token is in this answer alone."""
    try:
        made = await held.database.write(_create, owner, body)
    except WrongKey as wrong:
        raise BadRequest(str(wrong)) from wrong
    return JSONResponse(made, 201)


@router.post("/credentials/{credential_id}/rotate", include_in_schema=False)
@router.post("/credentials/{credential_id}/rotate/", summary="Give a key another token")
async def rotate_credential(held: Held, owner: Owner, credential_id: str) -> JSONResponse:
    """Give the key another token, which is in this answer alone; the old one is dead at once."""
    return JSONResponse(await held.database.write(_rotate, owner, credential_id))


@router.delete("/credentials/{credential_id}", include_in_schema=False)
@router.delete("/credentials/{credential_id}/", summary="Revoke a key")
async def delete_credential(
    request: Request, held: Held, owner: Owner, credential_id: str
) -> Response:
    """Revoke the key at once. Who accepts JSON alone is told so in JSON."""
    await held.database.write(_revoke, owner, credential_id)
    return _deleted(request, credential_id)


@router.get("/platform-tokens", include_in_schema=False)
@router.get("/platform-tokens/", summary="List one's platform tokens")
async def list_tokens(
    held: Held, owner: Owner, user_id: Whose = None, limit: Limit = 20, offset: Offset = 0
) -> JSONResponse:
    """List the user's tokens; of each only the end is known."""
    _check_own(owner, user_id)
    found = await held.database.read(tokens.list_of, owner.id)
    return _listed([_token(one) for one in found], limit, offset)


@router.post("/platform-tokens", include_in_schema=False)
@router.post("/platform-tokens/", summary="Make a platform token", status_code=201)
async def create_token(held: Held, owner: Owner) -> JSONResponse:
    """Make another token of the user; it is in this answer alone."""
    try:
        made, token = await held.database.write(tokens.create, owner.id)
    except TooManyTokens as error:
        raise Forbidden(f"A user has at most {tokens.MOST} tokens; delete one.") from error
    return JSONResponse(_token(made, token), 201)


@router.delete("/platform-tokens/{token_id}", include_in_schema=False)
@router.delete("/platform-tokens/{token_id}/", summary="Delete a platform token")
async def delete_token(request: Request, held: Held, owner: Owner, token_id: str) -> Response:
    """Delete one of the user's tokens; it is dead at once."""
    if not await held.database.write(tokens.remove, owner.id, token_id):
        raise NotFound("There is no such token.")
    return _deleted(request, token_id)


@router.get("/me", include_in_schema=False)
@router.get("/me/", summary="Show oneself")
async def me(owner: Owner) -> JSONResponse:
    """Show the user whom the token stands for."""
    about = {"id": owner.id, "email": owner.email, "is_admin": owner.is_admin}
    return JSONResponse(about | {"created_at": _moment(owner.created_at)})


@router.get("/services/{service}", include_in_schema=False)
@router.get("/services/{service}/", summary="Show the service")
async def show_service(held: Held, service: Annotated[str, Path(max_length=100)]) -> JSONResponse:
    """Show the one service here: what it costs and what of it is free."""
    if service not in (SERVICE_ID, SERVICE_ALIAS):
        raise NotFound(f"There is one service here, {SERVICE_ALIAS}.")
    return JSONResponse(_service(held))


@router.get("/models", include_in_schema=False)
@router.get("/models/", summary="List the models, for model pickers")
async def list_models(
    held: Held,
    owned_by: Annotated[str | None, Query(max_length=100)] = None,
    type: Annotated[str | None, Query(max_length=100)] = None,
    capability: Annotated[str | None, Query(max_length=100)] = None,
    with_pricing: bool = False,
) -> JSONResponse:
    """List every model with what it can do; `GET /seedream/models` tells all its limits."""
    shown = [_model(model, held, with_pricing) for model in MODELS]
    kept = [
        one
        for one in shown
        if owned_by in (None, one["owned_by"])
        and type in (None, one["type"])
        and (capability is None or capability in one["capabilities"])
    ]
    return JSONResponse({"object": "list", "data": kept})


@router.get("/config", include_in_schema=False)
@router.get("/config/", summary="What this server offers")
async def config(held: Held) -> JSONResponse:
    """Tell which parts of the platform there are here."""
    features = {
        "registration": held.settings.registration,
        "password_reset": held.settings.smtp_url is not None,
        "payment": False,
    }
    return JSONResponse({"features": features, "country": None})


def _check_own(owner: User, user_id: str | None) -> None:
    if user_id not in (None, "me", owner.id):
        raise Forbidden("user_id: a token lists what belongs to its own user; leave it out.")


def _listed(items: Sequence[Json], limit: int, offset: int) -> JSONResponse:
    return JSONResponse({"count": len(items), "items": items[offset : offset + limit]})


def _deleted(request: Request, id: str) -> Response:
    """Answer 204; but clients that accept JSON alone read some from every answer."""
    if request.headers.get("accept", "").strip().lower() == "application/json":
        return JSONResponse({"id": id, "deleted": True})
    return Response(status_code=204)


def _own(tx: Connection, owner: User, application_id: str | None) -> Application:
    application = applications.of_user(tx, owner.id)
    if application is None or application_id not in (None, application.id):
        raise NotFound("You have no such application.")
    return application


def _acquire(tx: Connection, owner: User, held: Resources) -> Json:
    try:
        made = applications.acquire(tx, owner, to_micros(held.settings.quota))
    except AlreadyAcquired as error:
        raise Duplication() from error
    return _application(tx, made, held)


def _applications(tx: Connection, owner: User, held: Resources) -> list[Json]:
    application = applications.of_user(tx, owner.id)
    return [] if application is None else [_application(tx, application, held)]


def _application_of(tx: Connection, owner: User, application_id: str, held: Resources) -> Json:
    return _application(tx, _own(tx, owner, application_id), held)


def _credentials(
    tx: Connection, owner: User, application_id: str | None, name: str | None
) -> list[Json]:
    application = applications.of_user(tx, owner.id)
    if application is None or application_id not in (None, application.id):
        return []
    return [
        _credential(one, owner)
        for one in reversed(credentials.list_of(tx, application.id))
        if one.revoked_at is None and name in (None, one.name)
    ]


def _create(tx: Connection, owner: User, body: NewCredential) -> Json:
    application = _own(tx, owner, body.application_id)
    limit, expiry = body.limited_amount, _time(body.expired_at)
    made, token = credentials.create(
        tx,
        application.id,
        credentials.checked_name(body.name),
        expires_at=None if expiry is None else credentials.checked_expiry(expiry),
        allowed_apis=_apis(body.allowed_api_ids),
        spend_limit=None if limit is None else credentials.checked_limit(Decimal(str(limit))),
    )
    return _credential(made, owner, token)


def _rotate(tx: Connection, owner: User, credential_id: str) -> Json:
    known = credentials.own(tx, _own(tx, owner, None).id, credential_id)
    return _credential(known, owner, credentials.rotate(tx, known.id))


def _revoke(tx: Connection, owner: User, credential_id: str) -> None:
    known = credentials.own(tx, _own(tx, owner, None).id, credential_id)
    credentials.revoke_one(tx, known.id)


def _apis(asked: Sequence[str] | None) -> list[str] | None:
    names = {id: name for name, id in API_IDS.items()} | {name: name for name in APIS}
    for one in asked or ():
        if one not in names:
            raise BadRequest(
                f"allowed_api_ids: {one[:80]!r} is no API; there are {', '.join(names)}",
                param="allowed_api_ids",
            )
    return [names[one] for one in asked] if asked else None


def _time(asked: str | float | None) -> float | None:
    if asked is None or isinstance(asked, float | int):
        return asked
    try:
        read = datetime.fromisoformat(asked)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise BadRequest(
            "expired_at is no time; give ISO 8601, as 2030-01-31T12:00:00Z, or Unix seconds",
            param="expired_at",
        ) from error


def _moment(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()


def _application(tx: Connection, application: Application, held: Resources) -> Json:
    balance = ledger.balance(tx, application.id)
    spent = ledger.spent(tx, application.id)
    user = users.find(tx, application.user_id)
    keys = credentials.list_of(tx, application.id)
    return {
        "id": application.id,
        "service_id": SERVICE_ID,
        "service": _service(held),
        "type": "Usage",
        "scope": "Individual",
        "remaining_amount": float(to_credits(balance.available)),
        "reserved_amount": float(to_credits(balance.reserved)),
        "used_amount": float(to_credits(spent)),
        "paid": False,
        "user_id": application.user_id,
        "disabled": application.disabled_at is not None,
        "allow_consume_global": False,
        "expired_at": None,
        "tags": [],
        "metadata": {},
        "created_at": _moment(application.created_at),
        "updated_at": _moment(application.created_at),
        "credentials": [_credential(one, user) for one in keys if one.revoked_at is None],
    }


def _credential(credential: Credential, owner: User | None, token: str | None = None) -> Json:
    limit = credential.spend_limit
    user_id = None if owner is None else owner.id
    return {
        "id": credential.id,
        "application_id": credential.application_id,
        "user_id": user_id,
        "creator_id": user_id,
        "name": credential.name,
        "type": "Token",
        "token": token or f"…{credential.token_end}",
        "limited_amount": None if limit is None else float(to_credits(limit)),
        "used_amount": float(to_credits(credential.used)),
        "expired_at": _moment(credential.expires_at),
        "allowed_api_ids": [API_IDS[api] for api in credential.allowed_apis or APIS],
        "host": None,
        "granted": False,
        "granted_to_user_id": None,
        "tags": [],
        "metadata": {},
        "created_at": _moment(credential.created_at),
        "used_at": _moment(credential.last_used_at),
    }


def _token(one: PlatformToken, token: str | None = None) -> Json:
    return {
        "id": one.id,
        "user_id": one.user_id,
        "token": token or f"{tokens.PREFIX}…{one.token_end}",
        "created_at": _moment(one.created_at),
    }


def _service(held: Resources) -> Json:
    return {
        "id": SERVICE_ID,
        "alias": SERVICE_ALIAS,
        "title": "SeeDream Images",
        "type": "Api",
        "unit": "Credit",
        "free_amount": float(held.settings.quota),
        "apis": [{"id": id, "path": f"/{name}"} for name, id in API_IDS.items()],
        "cost": [
            {
                "conditions": {"==": [{"var": "model"}, model.id]},
                "consumption": float(held.settings.price_of(model.id)),
            }
            for model in MODELS
        ],
        "packages": [],
    }


_CAPABILITIES: Mapping[str, Callable[[Model], object]] = {
    "text_to_image": lambda model: model.text_to_image,
    "image_to_image": lambda model: model.images.max,
    "group": lambda model: model.sequential,
    "stream": lambda model: model.stream,
    "layer_decomposition": lambda model: model.layer_decomposition,
    "transparent_background": lambda model: len(model.backgrounds) > 1,
}


def _model(model: Model, held: Resources, priced: bool) -> Json:
    shown: Json = {
        "id": model.id,
        "object": "model",
        "label": model.name,
        "owned_by": OWNER,
        "service_prefix": SERVICE_ALIAS,
        "group_label": "SeeDream",
        "type": MODEL_TYPE,
        "capabilities": [name for name, has in _CAPABILITIES.items() if has(model)],
    }
    if priced:
        price = float(held.settings.price_of(model.id))
        shown["pricing"] = {"unit": "Credit", "image": price}
    return shown
