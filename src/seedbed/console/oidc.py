"""Log in through an OpenID Connect provider, where one is configured.

The authorization code flow with PKCE, by Authlib. What must be the same on the way back (state,
nonce, verifier, and where to go on) travels in a signed cookie of its own for ten minutes.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from seedbed.accounts import users
from seedbed.accounts.users import EmailTaken, User, WrongEmail
from seedbed.api.access import Held
from seedbed.console.account import enter
from seedbed.console.pages import HEADERS
from seedbed.console.visitor import Anybody, local_path
from seedbed.contract.errors import BadRequest, Forbidden, InternalError, NotFound
from seedbed.resources import Resources

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import AsyncOAuth2Client
    from joserfc.jwk import KeySetSerialization

log = structlog.get_logger()
router = APIRouter(prefix="/login/oidc", include_in_schema=False)

COOKIE = "seedbed_oidc"
SECONDS = 600
TIMEOUT_SECONDS = 15.0
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Signatures by keys that the provider alone has; never `none`, never a shared secret."""


@router.get("")
async def leave(held: Held, next: str = "/") -> Response:
    """Send the browser to the provider."""
    carried = {
        "state": secrets.token_urlsafe(24),
        "nonce": secrets.token_urlsafe(24),
        "verifier": secrets.token_urlsafe(48),
        "next": local_path(next),
        "until": time.time() + SECONDS,
    }
    async with _client(held) as client:
        provider = await _discovered(client, held)
        url, _ = client.create_authorization_url(
            provider["authorization_endpoint"],
            state=carried["state"],
            nonce=carried["nonce"],
            code_verifier=carried["verifier"],
        )
    response = RedirectResponse(url, 303, HEADERS)
    response.set_cookie(
        COOKIE,
        _signed(json.dumps(carried), held),
        max_age=SECONDS,
        path="/login/oidc",
        httponly=True,
        samesite="lax",
        secure=held.settings.own_url.startswith("https://"),
    )
    return response


@router.get("/back")
async def back(
    request: Request, held: Held, visitor: Anybody, code: str = "", state: str = ""
) -> Response:
    """Take what the provider says of somebody, and let them in."""
    carried = _carried(request, held)
    if not code or not hmac.compare_digest(state.encode(), str(carried["state"]).encode()):
        raise Forbidden("This login did not begin here, or was given up. Try again.")
    async with _client(held) as client:
        provider = await _discovered(client, held)
        claims = await _claims(client, provider, held, code, carried)
    email = _vouched(claims)
    subject = f"{claims['iss']}\n{claims['sub']}"
    here = None if visitor.user is None else visitor.user.id
    try:
        user = await held.database.write(_user, subject, email, here, held.settings.registration)
    except EmailTaken as error:
        raise Forbidden(
            "Somebody has registered with this address and a password. Log in with that, and "
            "then connect the two on the account page."
        ) from error
    if user.disabled_at is not None:
        raise Forbidden("This user may not log in.")
    response = await enter(request, held, user.id, str(carried["next"]))
    response.delete_cookie(COOKIE, path="/login/oidc")
    return response


def _user(tx: Connection, subject: str, email: str, here: str | None, open: bool) -> User:
    if not open and not users.is_known(tx, subject, email):
        raise Forbidden("Registration is closed on this server.")
    return users.of_subject(tx, subject, email, here)


def _client(held: Resources) -> AsyncOAuth2Client:
    settings = held.settings
    if settings.oidc_issuer is None:
        raise NotFound("There is no such login on this server.")
    try:
        from authlib.integrations.httpx_client import AsyncOAuth2Client
    except ImportError as error:
        raise InternalError("OpenID Connect needs: pip install 'seedbed[oidc]'.") from error
    secret = settings.oidc_client_secret
    return AsyncOAuth2Client(
        settings.oidc_client_id,
        None if secret is None else secret.get_secret_value(),
        scope="openid email",
        redirect_uri=f"{settings.own_url}/login/oidc/back",
        code_challenge_method="S256",
        token_endpoint_auth_method="none" if secret is None else "client_secret_basic",
        timeout=TIMEOUT_SECONDS,
    )


async def _discovered(client: AsyncOAuth2Client, held: Resources) -> dict[str, Any]:
    """Read where the provider's endpoints are; it must be the issuer that was configured."""
    issuer = (held.settings.oidc_issuer or "").rstrip("/")
    provider = await _json(client, f"{issuer}/.well-known/openid-configuration")
    if str(provider.get("issuer", "")).rstrip("/") != issuer:
        raise _failed("its discovery document is of another issuer")
    return provider


async def _claims(
    client: AsyncOAuth2Client,
    provider: dict[str, Any],
    held: Resources,
    code: str,
    carried: dict[str, Any],
) -> dict[str, Any]:
    """Exchange the code and give what the ID token says, its signature and claims checked."""
    from authlib.integrations.base_client import OAuthError
    from httpx2 import HTTPError
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        token = await client.fetch_token(
            provider["token_endpoint"], code=code, code_verifier=carried["verifier"]
        )
        keys = KeySet.import_key_set(
            cast("KeySetSerialization", await _json(client, provider["jwks_uri"]))
        )
        claims: dict[str, Any] = jwt.decode(
            str(token["id_token"]), keys, algorithms=ALGORITHMS
        ).claims
        jwt.JWTClaimsRegistry(
            leeway=60,
            iss={"essential": True, "value": provider["issuer"]},
            aud={"essential": True, "value": held.settings.oidc_client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": carried["nonce"]},
        ).validate(claims)
    except (OAuthError, HTTPError, JoseError, KeyError, ValueError) as error:
        raise _failed(str(error)) from error
    return claims


async def _json(client: AsyncOAuth2Client, url: str) -> dict[str, Any]:
    from httpx2 import HTTPError

    try:
        answer = await client.request("GET", url, withhold_token=True)
        answer.raise_for_status()
        found = answer.json()
    except (HTTPError, ValueError) as error:
        raise _failed(str(error)) from error
    if not isinstance(found, dict):
        raise _failed("it does not answer with JSON objects")
    return found


def _vouched(claims: dict[str, Any]) -> str:
    """Give the address that the provider has checked; anybody can claim another."""
    if claims.get("email_verified") is not True:
        raise Forbidden("The provider has not checked your e-mail address; it must, first.")
    try:
        return users.checked_email(str(claims.get("email", "")))
    except WrongEmail as error:
        raise Forbidden("The provider gives no e-mail address.") from error


def _failed(why: str) -> InternalError:
    log.error("login through the provider failed", why=why)
    return InternalError("The provider's answer cannot be used; whoever runs this sees why.")


def _carried(request: Request, held: Resources) -> dict[str, Any]:
    text, _, signature = request.cookies.get(COOKIE, "").rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(text, held).encode()):
        raise Forbidden("This login did not begin here, or was given up. Try again.")
    carried: dict[str, Any] = json.loads(bytes.fromhex(text))
    if carried["until"] < time.time():
        raise BadRequest("This login has taken too long. Try again.")
    return carried


def _signed(text: str, held: Resources) -> str:
    encoded = text.encode().hex()
    return f"{encoded}.{_signature(encoded, held)}"


def _signature(text: str, held: Resources) -> str:
    message = f"seedbed-oidc-v1\n{quote(text)}".encode()
    return hmac.new(held.signer.secret, message, sha256).hexdigest()
