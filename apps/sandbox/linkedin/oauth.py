"""LinkedIn's sign-in: the consent page, and the endpoints that give, renew, inspect and take back tokens.

Nothing here reaches the ledger, which keeps no tokens.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps
from urllib.parse import urlencode, urlsplit

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from apps.sandbox.environment import is_loopback
from apps.sandbox.linkedin.door import change, life_of
from apps.sandbox.world import current
from apps.sandbox.worlds.linkedin import App, Grant, LinkedInWorld, Token

CODE_LIFE = timedelta(minutes=30)
ACCESS_LIFE, REFRESH_LIFE = timedelta(days=60), timedelta(days=365)
Form = Mapping[str, str]


class Denied(Exception):
    """A token endpoint says no."""

    def __init__(self, status: int, error: str, why: str) -> None:
        super().__init__(why)
        self.status, self.error, self.why = status, error, why


def _endpoint(view: Callable[[Form, App], object]) -> Callable[[HttpRequest], HttpResponse]:
    """Turn what a view makes of a form, sent by an app that proved itself, into JSON."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        try:
            if request.content_type != "application/x-www-form-urlencoded":
                raise Denied(400, "invalid_request", "The parameters must be sent as a form.")
            form = request.POST.dict()
            status, body = 200, view(form, _app(form))
        except Denied as no:
            status, body = no.status, {"error": no.error, "error_description": no.why}
        return HttpResponse(orjson.dumps(body), status=status, content_type="application/json")

    return require_POST(wrapped)


def _app(form: Form) -> App:
    app = current()[0].linkedin.app_by_id.get(form.get("client_id", ""))
    if app is None or not hmac.compare_digest(app.client_secret, form.get("client_secret", "")):
        raise Denied(401, "invalid_client", "Client authentication failed")
    return app


@require_http_methods(["GET", "POST"])
def authorization(request: HttpRequest) -> HttpResponse:
    """Ask the member; a wrong app, address or scope is said here and never sent on."""
    world, now = current()
    asked = request.GET
    app = world.linkedin.app_by_id.get(asked.get("client_id", ""))
    address = asked.get("redirect_uri", "")
    scopes = tuple(asked.get("scope", "").split())
    wrong = _wrong_request(app, address, scopes, asked.get("response_type", ""))
    if app is None or wrong:
        return _page(request, {"wrong": wrong}, status=400)
    if request.method == "GET":
        return _page(request, {"app": app, "scopes": scopes})
    state = {"state": asked["state"]} if "state" in asked else {}
    if request.POST.get("decision") != "allow":
        refused = {"error": "user_cancelled_authorize", "error_description": "The user cancelled the authorization"}
        return HttpResponseRedirect(_with_query(address, refused | state))
    code = secrets.token_urlsafe(32)
    grant = Grant(app.client_id, address, scopes, granted_at=now, code=code)
    change(lambda old: replace(old, grants=(*old.grants, grant)))
    return HttpResponseRedirect(_with_query(address, {"code": code} | state))


def _wrong_request(app: App | None, address: str, scopes: tuple[str, ...], kind: str) -> str:
    if app is None:
        return "The passed in client_id is invalid."
    parts = urlsplit(address)
    here = is_loopback(parts.hostname or "") and not app.redirect_uris
    # Whatever stands behind the question mark does not count.
    if parts.fragment or not (here or address.partition("?")[0] in app.redirect_uris):
        return "The redirect_uri does not match the registered value."
    unknown = set(scopes) - set(app.scopes)
    if unknown or not scopes:
        return f"Scope {', '.join(sorted(unknown)) or '(none)'} is not authorized for your application."
    return "" if kind == "code" else "The response_type must be code."


@_endpoint
def access_token(form: Form, app: App) -> object:
    """Exchange a code, or a refresh token, for an access token."""
    now = current()[1]
    kinds = {"authorization_code": _by_code, "refresh_token": _by_refresh}
    kind = kinds.get(form.get("grant_type", ""))
    if kind is None:
        raise Denied(400, "unsupported_grant_type", f"grant_type must be one of {', '.join(kinds)}")
    text, refresh = f"AQ{secrets.token_urlsafe(260)}", f"AQX{secrets.token_urlsafe(260)}"
    made: list[tuple[Grant, Token]] = []

    def issue(world: LinkedInWorld) -> LinkedInWorld:
        old, grant = kind(world, form, app, now, refresh)
        until = min(now + ACCESS_LIFE, grant.granted_at + REFRESH_LIFE)
        lag = timedelta(seconds=world.activation_lag)
        token = Token(
            text,
            accounts=tuple(account.id for account in world.accounts),
            scopes=grant.scopes,
            client_id=app.client_id,
            refresh=grant.refresh,
            active_from=now + lag if lag else None,
            expires_at=until,
        )
        made.append((grant, token))
        grants = tuple(grant if each == old else each for each in world.grants)
        return replace(world, tokens=(*world.tokens, token), grants=grants)

    change(issue)
    grant, token = made[-1]
    return {
        "access_token": token.token,
        "expires_in": _seconds(now, token.expires_at),
        "refresh_token": grant.refresh,
        "refresh_token_expires_in": _seconds(now, grant.granted_at + REFRESH_LIFE),
        "scope": ",".join(grant.scopes),
    }


def _by_code(world: LinkedInWorld, form: Form, app: App, now: datetime, refresh: str) -> tuple[Grant, Grant]:
    code = form.get("code", "")
    old = next((each for each in world.grants if code and each.code == code and not each.refresh), None)
    if old is None or old.client_id != app.client_id or now >= old.granted_at + CODE_LIFE:
        raise Denied(400, "invalid_request", "Unable to retrieve access token: authorization code not found")
    if form.get("redirect_uri") != old.redirect_uri:
        raise Denied(400, "invalid_redirect_uri", "The redirect_uri is not the one of the authorization request")
    return old, replace(old, code="", refresh=refresh)


def _by_refresh(world: LinkedInWorld, form: Form, app: App, now: datetime, refresh: str) -> tuple[Grant, Grant]:
    given = form.get("refresh_token", "")
    old = next((each for each in world.grants if given and each.refresh == given), None)
    dead = old is None or old.revoked or old.client_id != app.client_id or now >= old.granted_at + REFRESH_LIFE
    if old is None or dead:
        raise Denied(400, "invalid_grant", "The provided refresh token is invalid, expired or revoked")
    return old, old


@_endpoint
def introspect(form: Form, app: App) -> object:
    """Say what is known of a token of this app; any other token, a Direct API one too, is foreign here."""
    world, now = current()
    token = world.linkedin.token_by_text.get(form.get("token", ""))
    if token is None or token.client_id != app.client_id:
        raise Denied(400, "invalid_request", "The token was not issued to this application")
    life = life_of(token, now)
    status = {"valid": "active", "unknown": "active"}.get(life, life)
    return {
        "active": status == "active",
        "status": status,
        "client_id": app.client_id,
        "scope": ",".join(token.scopes),
        "auth_type": "3L",
        "expires_at": None if token.expires_at is None else round(token.expires_at.timestamp()),
    }


@_endpoint
def revoke(form: Form, app: App) -> object:
    """Take a token back, and the refresh token that it came with."""
    text = form.get("token", "")
    token = current()[0].linkedin.token_by_text.get(text)
    if token is None or token.client_id != app.client_id:
        raise Denied(400, "invalid_request", "The token was not issued to this application")
    change(lambda world: revoked(world, token))
    return {}


def revoked(world: LinkedInWorld, gone: Token) -> LinkedInWorld:
    """Return the world in which a token is taken back, with those that came of the same consent."""

    def goes(token: str, refresh: str) -> bool:
        return token == gone.token or bool(gone.refresh and refresh == gone.refresh)

    tokens = tuple(replace(each, state="revoked") if goes(each.token, each.refresh) else each for each in world.tokens)
    grants = tuple(replace(each, revoked=True) if goes("", each.refresh) else each for each in world.grants)
    return replace(world, tokens=tokens, grants=grants)


def _seconds(now: datetime, until: datetime | None) -> int:
    return 0 if until is None else max(0, round((until - now).total_seconds()))


def _with_query(address: str, more: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(more)}"


def _page(request: HttpRequest, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    response = render(request, "sandbox/linkedin_consent.html", context, status=status)
    # No form-action: a browser would hold the redirect back to the app against it.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'"
    return response
