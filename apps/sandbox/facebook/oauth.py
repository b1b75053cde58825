"""Signing in: the dialog, the swap of its code for a token, and of that token for one that lasts.

The dialog is at www.facebook.com and the swap at graph.facebook.com; here both are under one prefix. Numbers of the
code's errors are as published answers show them. A code lives ten minutes and can be used once.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from apps.sandbox import world
from apps.sandbox.environment import is_loopback
from apps.sandbox.exchange import Answer, fingerprint
from apps.sandbox.facebook import errors
from apps.sandbox.facebook.access import VERSIONS, change, secret_of
from apps.sandbox.models import Seen
from apps.sandbox.spine import respond
from apps.sandbox.worlds.facebook import FacebookWorld, Token

CODE_LIFE = timedelta(minutes=10)
SHORT_SECONDS, LONG_SECONDS = 3600, 5_184_000
SALT = "facebook code"


@require_GET
def dialog(request: HttpRequest, version: str) -> HttpResponse:
    """Ask the person, or with `choice` go back to where they came from with a code or with their no."""
    asked = request.GET.dict()
    wanted = urlsplit(asked.get("redirect_uri", ""))
    if version not in VERSIONS or asked.get("client_id") != world.current()[0].facebook.app_id:
        return _page(request, "Invalid App ID: the provided app ID does not look like a valid app ID.")
    if wanted.scheme not in ("http", "https") or not is_loopback(wanted.hostname or ""):
        return _page(request, "URL Blocked: this redirect failed because the redirect URI is not on this machine.")
    choice, state = asked.pop("choice", ""), {"state": asked["state"]} if "state" in asked else {}
    if choice == "yes":
        return _back(asked["redirect_uri"], {"code": _new_code(asked["redirect_uri"]), **state})
    if choice == "no":
        denied = {"error": "access_denied", "error_code": "200", "error_description": "Permissions error"}
        return _back(asked["redirect_uri"], denied | {"error_reason": "user_denied"} | state)
    links = {answer: f"?{urlencode(asked | {'choice': answer})}" for answer in ("yes", "no")}
    return _page(request, "", links=links, scopes=asked.get("scope", "").replace(",", " ").split())


@require_http_methods(["GET", "POST"])
def access_token(request: HttpRequest, version: str) -> HttpResponse:
    """Swap a code, or a token that is good, for a token."""
    given = {**request.GET.dict(), **request.POST.dict()}
    facebook = world.current()[0].facebook
    error = _client_fault(facebook, version, given)
    swaps_token = given.get("grant_type") == "fb_exchange_token"
    if error is None:
        error = _token_fault(facebook, given) if swaps_token else _code_fault(given)
    if error is not None:
        return respond(errors.refusal(error, version=version))
    text, seconds = _lasting(facebook, given) if swaps_token else _signed_in(facebook)
    body = {"access_token": text, "token_type": "bearer", "expires_in": seconds}
    return respond(Answer(200, body, errors.trace_id()))


def _lasting(facebook: FacebookWorld, given: dict[str, str]) -> tuple[str, int]:
    # A system user's token is renewed, a person's gives way to one that lasts; one that ends gets its 60 days anew.
    old = facebook.token_by_text[given["fb_exchange_token"]]
    text = old.token if old.kind == "SYSTEM_USER" else facebook.long_token
    until = world.current()[1] + timedelta(seconds=LONG_SECONDS)
    if any(token.token == text and token.expires_at for token in facebook.tokens):
        _edit_tokens({text}, lambda token: replace(token, expires_at=until))
    return text, LONG_SECONDS


def _signed_in(facebook: FacebookWorld) -> tuple[str, int]:
    """Hand out the hour's token; who had removed the app, and signs in again, has it back."""
    mine = {facebook.short_token, facebook.long_token}
    if any(token.token in mine and token.state == "app_removed" for token in facebook.tokens):
        _edit_tokens(mine, lambda token: replace(token, state="valid"))
    return facebook.short_token, SHORT_SECONDS


def _edit_tokens(texts: set[str], edit: Callable[[Token], Token]) -> None:
    def edited(facebook: FacebookWorld) -> FacebookWorld:
        tokens = (edit(token) if token.token in texts else token for token in facebook.tokens)
        return replace(facebook, tokens=tuple(tokens))

    change(edited)


def _client_fault(facebook: FacebookWorld, version: str, given: dict[str, str]) -> errors.GraphError | None:
    if version not in VERSIONS:
        return errors.UNKNOWN_VERSION
    if given.get("client_id") != facebook.app_id:
        return errors.BAD_CLIENT
    return None if given.get("client_secret") == secret_of(facebook) else errors.BAD_SECRET


def _token_fault(facebook: FacebookWorld, given: dict[str, str]) -> errors.GraphError | None:
    token = facebook.token_by_text.get(given.get("fb_exchange_token", ""))
    if token is None:
        return errors.BAD_TOKEN
    return errors.TOKEN_STATES.get(token.state_at(world.current()[1]))


def _code_fault(given: dict[str, str]) -> errors.GraphError | None:
    code, now = given.get("code", ""), world.current()[1]
    try:
        made = signing.loads(code, salt=SALT)
    except signing.BadSignature:
        return errors.BAD_CODE
    if made["redirect_uri"] != given.get("redirect_uri"):
        return errors.OTHER_REDIRECT
    if now.timestamp() - made["at"] > CODE_LIFE.total_seconds():
        return errors.OLD_CODE
    _, fresh = Seen.objects.get_or_create(fingerprint=fingerprint("facebook code", code), defaults={"first_at": now})
    return None if fresh else errors.USED_CODE


def _new_code(redirect_uri: str) -> str:
    now = world.current()[1]
    return signing.dumps({"redirect_uri": redirect_uri, "at": now.timestamp()}, salt=SALT)


def _back(redirect_uri: str, params: dict[str, str]) -> HttpResponse:
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return HttpResponseRedirect(f"{redirect_uri}{joint}{urlencode(params)}")


def _page(request: HttpRequest, complaint: str, **context: object) -> HttpResponse:
    return render(
        request, "sandbox/facebook_dialog.html", {"complaint": complaint, **context}, status=400 if complaint else 200
    )
