"""Who looks at a page: their session, their language, and the proof that a change is theirs.

The cookie holds a random token and its signature; the database knows the token's hash alone. A
change must come with a form token, which is made of the cookie and a secret, so that no other
site can know it. A login begins a new session: what somebody else may have planted is worth
nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from starlette.responses import Response

from seedbed.accounts import applications, sessions
from seedbed.accounts.applications import Application
from seedbed.accounts.credentials import Caller
from seedbed.accounts.users import User
from seedbed.api.access import Held
from seedbed.contract.errors import Forbidden, NotFound
from seedbed.resources import Resources

COOKIE = "seedbed_session"
LANGUAGE_COOKIE = "seedbed_language"
FORM_TOKEN = "form_token"  # noqa: S105
FORM_HEADER = "X-Form-Token"
Language = Literal["en", "zh"]


class LoginNeeded(Exception):
    """The page is for somebody who has logged in; they come back to it afterwards."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks, and what belongs to them."""

    token: str
    """Of the session, or of nobody's: then it only ties forms to this browser."""
    user: User | None
    application: Application | None
    language: Language
    is_new: bool
    """Whether the browser has yet to be told its token."""
    form_token: str

    @property
    def known(self) -> User:
        """The user; raises `LoginNeeded` for a stranger."""
        if self.user is None:
            raise LoginNeeded
        return self.user

    @property
    def caller(self) -> Caller:
        """Who asks the service for things; raises `NotFound` for who has acquired nothing yet."""
        if self.application is None:
            raise NotFound("You have no application yet; press Acquire on the first page.")
        return Caller(self.application.id, None, self.known.id)


async def checked_visitor(request: Request, held: Held) -> Visitor:
    """Tell who looks at a page; refuse a change that another site has sent."""
    visitor = await visitor_of(request, held)
    if request.method not in ("GET", "HEAD"):
        await _check_form(request, visitor)
    return visitor


async def visitor_of(request: Request, held: Resources) -> Visitor:
    """Tell who looks at a page, whatever they want there."""
    found = _unsigned(request.cookies.get(COOKIE, ""), held)
    token = found or secrets.token_urlsafe(32)
    user, application = (None, None)
    if found:
        user = await held.database.read(sessions.user_of, found)
    if user is not None:
        application = await held.database.read(applications.of_user, user.id)
    return Visitor(
        token, user, application, _language(request), found is None, _form_token(token, held)
    )


async def somebody(visitor: Annotated[Visitor, Depends(checked_visitor)]) -> Visitor:
    """Admit who has logged in; raise `LoginNeeded` for anybody else."""
    _ = visitor.known
    return visitor


Anybody = Annotated[Visitor, Depends(checked_visitor)]
Somebody = Annotated[Visitor, Depends(somebody)]


def remember(response: Response, request: Request, held: Resources, token: str) -> None:
    """Give the browser its token, for as long as a session lasts."""
    response.set_cookie(
        COOKIE,
        f"{token}.{_signature('cookie', token, held)}",
        max_age=round(held.settings.session_ttl),
        httponly=True,
        samesite="lax",
        secure=held.base_url(request.base_url).startswith("https://"),
        path="/",
    )


def local_path(path: str | None) -> str:
    """Give a path of this site to go on to; anything else becomes the first page."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")):
        return "/"
    parts = urlsplit(path)
    if parts.scheme or parts.netloc or "\\" in path or not path.isprintable():
        return "/"
    return quote(path, safe="/?&=%#-._~")


async def _check_form(request: Request, visitor: Visitor) -> None:
    site = request.headers.get("sec-fetch-site", "same-origin")
    sent = request.headers.get(FORM_HEADER)
    if sent is None and "x-www-form-urlencoded" in request.headers.get("content-type", ""):
        sent = str((await request.form()).get(FORM_TOKEN, ""))
    expected = visitor.form_token.encode()
    if site not in ("same-origin", "none") or not hmac.compare_digest(
        expected, (sent or "").encode("utf-8", "replace")
    ):
        raise Forbidden("This form has expired. Go back, reload the page and try again.")


def _form_token(token: str, held: Resources) -> str:
    return _signature("form", token, held)


def _signature(purpose: str, token: str, held: Resources) -> str:
    text = f"seedbed-{purpose}-v1\n{token}".encode("utf-8", "replace")
    return hmac.new(held.signer.secret, text, hashlib.sha256).hexdigest()


def _unsigned(cookie: str, held: Resources) -> str | None:
    token, _, signature = cookie.rpartition(".")
    if not token or not hmac.compare_digest(
        _signature("cookie", token, held).encode(), signature.encode("utf-8", "replace")
    ):
        return None
    return token


def _language(request: Request) -> Language:
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in ("en", "zh"):
        return "zh" if chosen == "zh" else "en"
    for part in request.headers.get("accept-language", "").lower().split(","):
        name = part.split(";")[0].strip()
        if name.startswith("zh"):
            return "zh"
        if name.startswith("en"):
            return "en"
    return "en"
