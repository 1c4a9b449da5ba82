"""Register, log in, log out, and passwords."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection
from starlette.background import BackgroundTask

from seedbed import mail
from seedbed.accounts import sessions, tokens, users
from seedbed.accounts.tokens import TooManyTokens
from seedbed.accounts.users import EmailTaken, User, WeakPassword, WrongEmail, WrongLogin
from seedbed.api.access import Held
from seedbed.console.pages import go, show, translator
from seedbed.console.visitor import (
    LANGUAGE_COOKIE,
    Anybody,
    Somebody,
    Visitor,
    local_path,
    remember,
)
from seedbed.contract.errors import NotFound, TooManyRequests
from seedbed.mail import MailError
from seedbed.resources import Resources

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)

Email = Annotated[str, Form(max_length=1000)]
Password = Annotated[str, Form(max_length=1000)]
Next = Annotated[str, Form(alias="next", max_length=2000)]
WRONG_LOGIN = "The e-mail address or the password is wrong."
TOO_OFTEN = "Too many attempts. Wait a minute and try again."
WRONG_CURRENT = "The current password is wrong."
TOO_MANY = "You have as many platform tokens as anybody may have; delete one."
NO_MAIL = "This server sends no mail. Whoever runs it can make a link."
MAIL_PAUSE_SECONDS = 60.0
MAIL_SUBJECT = "Set another password"
MAIL_TEXT = (
    "Somebody, you we hope, wants to set another password for Seedbed. This link does it, once, "
    "within an hour:\n\n{link}\n\nIf it was not you, leave it; nothing has changed."
)
WEAK = {
    "length": "A password has 10 to 200 characters.",
    "common": "This password is one of the first that anybody would try.",
}


async def throttle(request: Request, held: Resources, whom: str) -> None:
    """Count an attempt from an address at somebody; raise `TooManyRequests`."""
    await held.login_limiter.check(f"from {request.client.host if request.client else '?'}")
    await held.login_limiter.check(f"at {whom.strip().lower()}")


@router.get("/login")
async def login_page(request: Request, held: Held, visitor: Anybody, next: str = "/") -> Response:
    """Show the form, or go on when somebody is there already."""
    if visitor.user is not None:
        return go(next)
    return _form(request, held, visitor, "login.html", next)


@router.post("/login")
async def login(
    request: Request,
    held: Held,
    visitor: Anybody,
    email: Email,
    password: Password,
    next: Next = "/",
) -> Response:
    """Begin a session, a new one whatever was there before."""
    try:
        await throttle(request, held, email)
        known = await held.database.read(users.password_hash_of, email.strip().lower())
        user_id = await asyncio.to_thread(users.verify, known, password)
    except TooManyRequests:
        return _form(request, held, visitor, "login.html", next, TOO_OFTEN, email, 429)
    except WrongLogin:
        return _form(request, held, visitor, "login.html", next, WRONG_LOGIN, email, 400)
    return await enter(request, held, user_id, next)


@router.get("/register")
async def register_page(
    request: Request, held: Held, visitor: Anybody, next: str = "/"
) -> Response:
    """Show the form, or go on when somebody is there already."""
    if visitor.user is not None:
        return go(next)
    return _form(request, held, visitor, "register.html", next)


@router.post("/register")
async def register(
    request: Request,
    held: Held,
    visitor: Anybody,
    email: Email,
    password: Password,
    next: Next = "/",
) -> Response:
    """Make a user and begin their session.

    An address that is registered already is let in with its own password and told nothing
    otherwise, so that nobody learns who has an account here.
    """

    def again(message: str, status: int = 400) -> HTMLResponse:
        return _form(request, held, visitor, "register.html", next, message, email, status)

    if not held.settings.registration:
        return again("Registration is closed on this server.", 403)
    try:
        await throttle(request, held, email)
        address = users.checked_email(email)
        hashed = await asyncio.to_thread(users.hashed, password, address)
        user = await held.database.write(users.register, address, hashed)
    except TooManyRequests:
        return again(TOO_OFTEN, 429)
    except WrongEmail:
        return again("That is no e-mail address.")
    except WeakPassword as weak:
        return again(WEAK[str(weak)])
    except EmailTaken:
        known = await held.database.read(users.password_hash_of, email.strip().lower())
        try:
            user_id = await asyncio.to_thread(users.verify, known, password)
        except WrongLogin:
            return again("That did not work. If you have an account, log in or reset its password.")
        return await enter(request, held, user_id, next)
    return await enter(request, held, user.id, next)


@router.post("/logout")
async def logout(held: Held, visitor: Anybody) -> Response:
    """End the session, here and in the database."""
    await held.database.write(sessions.end, visitor.token)
    return go("/")


@router.get("/account")
async def account_page(request: Request, held: Held, visitor: Somebody) -> Response:
    """Show who one is, and the form for another password."""
    return await _account(request, held, visitor)


@router.post("/account/tokens")
async def create_token(request: Request, held: Held, visitor: Somebody) -> Response:
    """Make a platform token and show it, this once."""
    try:
        _, token = await held.database.write(tokens.create, visitor.known.id)
    except TooManyTokens:
        return await _account(request, held, visitor, TOO_MANY)
    return await _account(request, held, visitor, token=token)


@router.post("/account/tokens/{token_id}/delete")
async def delete_token(held: Held, visitor: Somebody, token_id: str) -> Response:
    """Delete one of the visitor's own platform tokens, at once."""
    if not await held.database.write(tokens.remove, visitor.known.id, token_id):
        raise NotFound("There is no such token.")
    return go("/account")


async def _account(
    request: Request, held: Resources, visitor: Visitor, message: str = "", token: str = ""
) -> HTMLResponse:
    known = await held.database.read(tokens.list_of, visitor.known.id)
    status = 400 if message else 200
    values = {"message": message, "token": token, "tokens": known, "prefix": tokens.PREFIX}
    return show(request, held, visitor, "account.html", status, **values)


@router.post("/account/password")
async def change_password(
    request: Request, held: Held, visitor: Somebody, current: Password, password: Password
) -> Response:
    """Set another password; every other session ends."""

    user = visitor.known
    try:
        await throttle(request, held, user.email)
        known = await held.database.read(users.password_hash_of, user.email)
        await asyncio.to_thread(users.verify, known, current)
        hashed = await asyncio.to_thread(users.hashed, password, user.email)
    except TooManyRequests:
        return await _account(request, held, visitor, TOO_OFTEN)
    except WrongLogin:
        return await _account(request, held, visitor, WRONG_CURRENT)
    except WeakPassword as weak:
        return await _account(request, held, visitor, WEAK[str(weak)])
    await held.database.write(users.set_password, user.id, hashed)
    await held.database.write(sessions.end_all, user.id)
    return await enter(request, held, user.id, "/account")


@router.get("/forgot")
async def forgot_page(request: Request, held: Held, visitor: Anybody) -> Response:
    """Show the form that has a reset link sent."""
    return show(request, held, visitor, "forgot.html", message="", sent=False)


@router.post("/forgot")
async def forgot(request: Request, held: Held, visitor: Anybody, email: Email) -> Response:
    """Have a link sent to who has registered with an address; the answer is the same for all."""
    if held.settings.smtp_url is None:
        return show(request, held, visitor, "forgot.html", 403, message=NO_MAIL, sent=False)
    try:
        await throttle(request, held, email)
    except TooManyRequests:
        return show(request, held, visitor, "forgot.html", 429, message=TOO_OFTEN, sent=False)
    response = show(request, held, visitor, "forgot.html", message="", sent=True)
    # After the answer, so that its time tells nothing.
    response.background = BackgroundTask(_mail_link, held, email, visitor.language)
    return response


async def _mail_link(held: Resources, email: str, language: str) -> None:
    offered = await held.database.write(_offer, email.strip().lower())
    if offered is None or held.settings.smtp_url is None:
        return
    user, token = offered
    t = translator(language)
    link = f"{held.settings.own_url}/reset/{token}"
    text = t(MAIL_TEXT, link=link)
    url = held.settings.smtp_url.get_secret_value()
    sender = held.settings.mail_from
    try:
        await asyncio.to_thread(mail.send, url, sender, user.email, t(MAIL_SUBJECT), text)
    except MailError as error:
        log.error("mail failed", error=str(error), user_id=user.id)


def _offer(tx: Connection, email: str) -> tuple[User, str] | None:
    user = users.find_by_email(tx, email)
    if user is None or user.disabled_at is not None:
        return None
    if sessions.reset_offered_within(tx, user.id, MAIL_PAUSE_SECONDS):
        return None
    return user, sessions.offer_reset(tx, user.id)


@router.get("/reset/{token}")
async def reset_page(request: Request, held: Held, visitor: Anybody, token: str) -> Response:
    """Show the form that a reset link leads to."""
    return show(request, held, visitor, "reset.html", token=token, message="")


@router.post("/reset/{token}")
async def reset(
    request: Request, held: Held, visitor: Anybody, token: str, password: Password
) -> Response:
    """Set the password of whom the link was made for."""

    def again(message: str, status: int = 400) -> HTMLResponse:
        return show(request, held, visitor, "reset.html", status, token=token, message=message)

    try:
        await throttle(request, held, token)
        hashed = await asyncio.to_thread(users.hashed, password)
    except TooManyRequests:
        return again(TOO_OFTEN, 429)
    except WeakPassword as weak:
        return again(WEAK[str(weak)])
    if not await held.database.write(sessions.reset, token, hashed):
        return again("This link has been used or has expired.")
    return go("/login")


@router.post("/language")
async def set_language(
    visitor: Anybody, language: Annotated[str, Form()], next: Next = "/"
) -> Response:
    """Remember the language that was chosen."""
    response = go(next)
    chosen = "zh" if language == "zh" else "en"
    response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=31_536_000, samesite="lax", httponly=True)
    return response


def _form(
    request: Request,
    held: Resources,
    visitor: Visitor,
    template: str,
    next: str,
    message: str = "",
    email: str = "",
    status: int = 200,
) -> HTMLResponse:
    onward = local_path(next)
    values = {"next": onward, "next_query": quote(onward, safe=""), "message": message}
    return show(request, held, visitor, template, status, email=email, **values)


async def enter(request: Request, held: Resources, user_id: str, onward: str) -> Response:
    """Begin a session and go on."""
    token = await held.database.write(sessions.begin, user_id, held.settings.session_ttl)
    response = go(onward)
    remember(response, request, held, token)
    return response
