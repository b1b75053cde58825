"""Google's sign-in: the consent page, and the endpoints that give, renew, inspect and take back tokens.

The page is at accounts.google.com and the rest at oauth2.googleapis.com; here all are under one prefix. Nothing of it
reaches the ledger, which keeps no tokens. A code lives ten minutes and can be used once.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from apps.sandbox.google.door import change, life_of
from apps.sandbox.world import current
from apps.sandbox.worlds.google import App, GoogleWorld, Grant, Token

CODE_LIFE, ACCESS_LIFE = timedelta(minutes=10), timedelta(hours=1)
# What the users of an app granted while its consent screen is in testing.
TESTING_LIFE = timedelta(days=7)
BAD, DEAD = "Bad Request", "Token has been expired or revoked."
Form = Mapping[str, str]


class Denied(Exception):
    """An endpoint says no."""

    def __init__(self, error: str, why: str = BAD, *, status: int = 400) -> None:
        super().__init__(why)
        self.error, self.why, self.status = error, why, status


def _json(view: Callable[[HttpRequest], object]) -> Callable[[HttpRequest], HttpResponse]:
    """Turn what a view returns, or denies, into JSON."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        try:
            status, body = 200, view(request)
        except Denied as no:
            status, body = no.status, {"error": no.error, "error_description": no.why}
        return HttpResponse(orjson.dumps(body), status=status, content_type="application/json; charset=utf-8")

    return wrapped


@require_POST
@_json
def token(request: HttpRequest) -> object:
    """Exchange a code, or a refresh token, for an access token."""
    form, now = request.POST.dict(), current()[1]
    kinds = {"authorization_code": _by_code, "refresh_token": _by_refresh}
    kind = kinds.get(form.get("grant_type", ""))
    if kind is None:
        raise Denied("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
    app = _app(current()[0].google, form)
    made: list[tuple[Grant, Grant, Token]] = []

    def issue(world: GoogleWorld) -> GoogleWorld:
        old, new = kind(world, form, app, now)
        user = world.user_by_email.get(new.user)
        token = Token(
            f"ya29.{secrets.token_urlsafe(120)}",
            customers=user.customers if user else (),
            scopes=new.scopes,
            client_id=app.client_id,
            user=new.user,
            project=app.project,
            expires_at=now + ACCESS_LIFE,
        )
        made.append((old, new, token))
        grants = tuple(new if each == old else each for each in world.grants)
        return replace(world, tokens=(*world.tokens, token), grants=grants)

    change(issue)
    old, new, token = made[-1]
    body = {
        "access_token": token.token,
        "expires_in": _seconds(now, token) - 1,
        "scope": " ".join(token.scopes),
        "token_type": "Bearer",
    }
    # Only the exchange of a code hands the refresh token out.
    return body | {"refresh_token": new.refresh} if old.code and new.refresh else body


def _app(world: GoogleWorld, form: Form) -> App:
    if not form.get("client_id"):
        raise Denied("invalid_request", "Could not determine client ID from request.")
    app = world.app_by_id.get(form["client_id"])
    if app is None:
        raise Denied("invalid_client", "The OAuth client was not found.", status=401)
    if not form.get("client_secret"):
        raise Denied("invalid_request", "client_secret is missing.")
    if not hmac.compare_digest(app.client_secret.encode(), form["client_secret"].encode()):
        raise Denied("invalid_client", "The provided client secret is invalid.", status=401)
    return app


def _by_code(world: GoogleWorld, form: Form, app: App, now: datetime) -> tuple[Grant, Grant]:
    code = form.get("code", "")
    if not code:
        raise Denied("invalid_request", "Missing required parameter: code")
    old = next((each for each in world.grants if each.code == code), None)
    if old is None or old.revoked or old.client_id != app.client_id or now >= old.granted_at + CODE_LIFE:
        raise Denied("invalid_grant", BAD if code.startswith("4/") else "Malformed auth code.")
    if form.get("redirect_uri") != old.redirect_uri:
        raise Denied("redirect_uri_mismatch")
    if old.challenge:
        _prove(old.challenge, form.get("code_verifier", ""))
    refresh = f"1//0{secrets.token_urlsafe(72)}" if old.offline else ""
    return old, replace(old, code="", challenge="", refresh=refresh)


def _prove(challenge: str, verifier: str) -> None:
    if not verifier:
        raise Denied("invalid_grant", "Missing code verifier.")
    digest = hashlib.sha256(verifier.encode()).digest()
    if not hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"="), challenge.encode()):
        raise Denied("invalid_grant", "Invalid code verifier.")


def _by_refresh(world: GoogleWorld, form: Form, app: App, now: datetime) -> tuple[Grant, Grant]:
    given = form.get("refresh_token", "")
    if not given:
        raise Denied("invalid_request", "Missing required parameter: refresh_token")
    old = next((each for each in world.grants if each.refresh == given), None)
    if old is None or old.client_id != app.client_id:
        raise Denied("invalid_grant")
    if old.revoked or (app.testing and now >= old.granted_at + TESTING_LIFE):
        raise Denied("invalid_grant", DEAD)
    return old, old


@require_POST
@_json
def revoke(request: HttpRequest) -> object:
    """Take back what a user allowed an app: one token of theirs takes all their other grants and tokens along."""
    world, now = current()
    text = request.POST.get("token") or request.GET.get("token", "")
    token = world.google.token_by_text.get(text)
    grant = next((each for each in world.google.grants if text and each.refresh == text and not each.revoked), None)
    if grant is None and (token is None or not token.client_id or life_of(token, now) != "valid"):
        raise Denied("invalid_token", "Token expired or revoked")
    pair = next((each.client_id, each.user) for each in (grant, token) if each is not None)
    change(lambda old: _without(old, pair))
    return {}


def _without(world: GoogleWorld, pair: tuple[str, str]) -> GoogleWorld:
    grants = tuple(
        replace(each, revoked=True) if (each.client_id, each.user) == pair else each for each in world.grants
    )
    tokens = tuple(
        replace(each, state="revoked") if (each.client_id, each.user) == pair else each for each in world.tokens
    )
    return replace(world, grants=grants, tokens=tokens)


@_json
def tokeninfo(request: HttpRequest) -> object:
    """Say whose access token this is, what it may do, and for how long."""
    world, now = current()
    token = world.google.token_by_text.get(request.GET.get("access_token") or request.POST.get("access_token", ""))
    if token is None or life_of(token, now) != "valid":
        raise Denied("invalid_token", "Invalid Value")
    about = {"azp": token.client_id, "aud": token.client_id, "scope": " ".join(token.scopes), "access_type": "offline"}
    if token.expires_at is not None:
        about |= {"exp": str(round(token.expires_at.timestamp())), "expires_in": str(_seconds(now, token))}
    return about | ({"email": token.user, "email_verified": "true"} if "email" in token.scopes else {})


def _seconds(now: datetime, token: Token) -> int:
    return 0 if token.expires_at is None else round((token.expires_at - now).total_seconds())
