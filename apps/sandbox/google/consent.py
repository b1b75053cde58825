"""The consent page: who is asked, for what, and what they tick."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from apps.sandbox.environment import is_loopback
from apps.sandbox.google.door import change
from apps.sandbox.world import current
from apps.sandbox.worlds.google import ADWORDS, DATAMANAGER, App, GoogleWorld, Grant

# What a person reads beside the box; the sign-in scopes come without one.
BOXES = {
    ADWORDS: "See, edit, create and delete your Google Ads accounts and data",
    DATAMANAGER: "Send data to your advertising accounts with the Data Manager API",
}
USERINFO = "https://www.googleapis.com/auth/userinfo"
BOXLESS = ("openid", "email", "profile", f"{USERINFO}.email", f"{USERINFO}.profile")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class Wrong(Exception):
    """The request is one that Google says no to on its own page; nobody is sent back."""


@dataclass(frozen=True)
class Asked:
    """What an app asks for."""

    app: App
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    challenge: str
    offline: bool
    renew: bool
    include_granted: bool


@require_http_methods(["GET", "POST"])
def auth(request: HttpRequest) -> HttpResponse:
    """Ask the person; a wrong app, address or scope is said here and never sent on."""
    world, now = current()
    try:
        asked = _read(request.GET.dict(), world.google)
    except Wrong as wrong:
        return _page(request, {"wrong": str(wrong)}, status=400)
    emails = [user.email for user in world.google.users]
    hint = request.GET.get("login_hint", "")
    if request.method == "GET":
        boxes = [(scope, BOXES[scope]) for scope in asked.scopes if scope in BOXES]
        context = {"app": asked.app, "boxes": boxes, "emails": emails, "chosen": hint}
        return _page(request, context)
    ticked = set(request.POST.getlist("scope"))
    scopes = tuple(scope for scope in asked.scopes if scope in ticked or scope in BOXLESS)
    state = {} if asked.state is None else {"state": asked.state}
    if request.POST.get("decision") != "allow" or not scopes:
        return _back(asked.redirect_uri, {"error": "access_denied"} | state)
    email = request.POST.get("account", "")
    if email not in emails:
        email = hint if hint in emails else next(iter(emails), "")
    grant = _grant(world.google, asked, scopes, email, now)
    change(lambda old: replace(old, grants=(*old.grants, grant)))
    return _back(asked.redirect_uri, state | {"code": grant.code, "scope": " ".join(grant.scopes)})


def _read(given: Mapping[str, str], world: GoogleWorld) -> Asked:
    for name in ("client_id", "redirect_uri", "response_type", "scope"):
        if not given.get(name):
            raise Wrong(f"Error 400: invalid_request. Missing required parameter: {name}")
    app = world.app_by_id.get(given["client_id"])
    if app is None:
        raise Wrong("Error 401: invalid_client. The OAuth client was not found.")
    if not _is_registered(app, given["redirect_uri"]):
        raise Wrong("Error 400: redirect_uri_mismatch. The redirect_uri is not one of this app's.")
    scopes = tuple(dict.fromkeys(given["scope"].split()))
    unknown = [scope for scope in scopes if scope not in BOXES and scope not in BOXLESS]
    challenge = given.get("code_challenge", "")
    for refused, why in (
        (given["response_type"] != "code", "unsupported_response_type. The response_type must be code."),
        (unknown, f"invalid_scope. Some requested scopes were invalid: {', '.join(unknown)}"),
        (given.get("access_type", "online") not in ("online", "offline"), "invalid_request. access_type is wrong."),
        (
            (challenge or given.get("code_challenge_method"))
            and not (CHALLENGE.fullmatch(challenge) and given.get("code_challenge_method") == "S256"),
            "invalid_request. A code_challenge must be one of the method S256.",
        ),
    ):
        if refused:
            raise Wrong(f"Error 400: {why}")
    return Asked(
        app=app,
        redirect_uri=given["redirect_uri"],
        scopes=scopes,
        state=given.get("state"),
        challenge=challenge,
        offline=given.get("access_type") == "offline",
        renew="consent" in given.get("prompt", "").split(),
        include_granted=given.get("include_granted_scopes") == "true",
    )


def _is_registered(app: App, address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    here = not app.redirect_uris and parts.scheme in ("http", "https") and is_loopback(parts.hostname or "")
    return not parts.fragment and "\x00" not in address and (here or address in app.redirect_uris)


def _grant(world: GoogleWorld, asked: Asked, scopes: tuple[str, ...], email: str, now: datetime) -> Grant:
    earlier = [
        each
        for each in world.grants
        if (each.client_id, each.user) == (asked.app.client_id, email) and not each.revoked and not each.code
    ]
    if asked.include_granted:
        scopes = tuple(dict.fromkeys((*scopes, *(scope for each in earlier for scope in each.scopes))))
    return Grant(
        client_id=asked.app.client_id,
        user=email,
        redirect_uri=asked.redirect_uri,
        scopes=scopes,
        granted_at=now,
        code=f"4/0A{secrets.token_urlsafe(48)}",
        challenge=asked.challenge,
        # A person who allowed it before gives no second refresh token, unless they are asked again.
        offline=asked.offline and (asked.renew or not any(each.refresh for each in earlier)),
    )


def _back(address: str, more: dict[str, str]) -> HttpResponse:
    return HttpResponseRedirect(f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(more)}")


def _page(request: HttpRequest, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    response = render(request, "sandbox/google_consent.html", context, status=status)
    # No form-action: a browser would hold the redirect back to the app against it.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'"
    return response
