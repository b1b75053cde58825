"""Signing in at Google with OAuth 2: developers.google.com/identity/protocols/oauth2/web-server.

The refresh token lasts until it is taken back, but only seven days while the consent screen of the operator's Google
Cloud project stands in "Testing": the day of the grant is kept with it to recognise that death.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from apps.ads.answers import parsed, text, whole
from apps.ads.networks.google.client import BASE
from apps.ads.sign_in import App, Asked, Credentials, Grant, Returned, SignIn
from apps.ads.wire import Call, Inquiry, Refused, unreadable
from apps.domain.outcome import Outcome, Reply, Verdict
from apps.domain.reasons import Who

CONSENT_HOST, OAUTH_HOST = "accounts.google.com", "oauth2.googleapis.com"
ADWORDS = "https://www.googleapis.com/auth/adwords"
DATA_MANAGER = "https://www.googleapis.com/auth/datamanager"

_TESTING_LIFE, _NOTICED_WITHIN = timedelta(days=7), timedelta(days=1)
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

_DEAD = Outcome(Verdict.HOLD, who=Who.ADMIN, signed_out=True)
_OPERATOR = Outcome(Verdict.HOLD, who=Who.OPERATOR)
# What the endpoints answer, RFC 6749 section 5.2 and Google's own; anything else may work later.
_ERRORS: Mapping[str, Outcome] = {
    "invalid_grant": _DEAD,
    "invalid_token": _DEAD,
    "invalid_rapt": _DEAD,
    "account_disabled": _DEAD,
    "admin_policy_enforced": Outcome(Verdict.HOLD, who=Who.ADMIN),
    "invalid_client": _OPERATOR,
    "deleted_client": _OPERATOR,
    "disabled_client": _OPERATOR,
    "unauthorized_client": _OPERATOR,
    "org_internal": _OPERATOR,
    "redirect_uri_mismatch": _OPERATOR,
    "invalid_request": _OPERATOR,
    "invalid_scope": _OPERATOR,
    "unsupported_grant_type": _OPERATOR,
}


def consent_url(base: str, app: App, asked: Asked) -> str:
    """Where the person is asked. `prompt=consent` has Google give a refresh token every time, not only the first."""
    query = {
        "response_type": "code",
        "client_id": app.id,
        "redirect_uri": asked.redirect_uri,
        "scope": " ".join(asked.scopes),
        "state": asked.state,
        "access_type": "offline",
        "prompt": "consent",
        "code_challenge": asked.challenge,
        "code_challenge_method": "S256",
    }
    return f"{_at(base, CONSENT_HOST)}/o/oauth2/v2/auth?{urlencode(query)}"


def swap(base: str, app: App, returned: Returned, now: datetime) -> Inquiry[Grant]:
    """The code for tokens. Refused `no_refresh_token` when Google gives none: the sign-in would end within the hour."""
    told = yield from _told(
        base,
        "token",
        {
            "grant_type": "authorization_code",
            "code": returned.code,
            "redirect_uri": returned.redirect_uri,
            "code_verifier": returned.verifier,
            "client_id": app.id,
            "client_secret": app.secret,
        },
    )
    refresh_token = text(told.get("refresh_token"))
    if not refresh_token:
        raise Refused(Outcome(Verdict.HOLD, "no_refresh_token", Who.ADMIN))
    return _grant(told, {"refresh_token": refresh_token, "granted_at": now.isoformat()}, now)


def renew(base: str, app: App | None, credentials: Credentials, now: datetime) -> Inquiry[Grant]:
    """A new access token. The refresh token stays what it was."""
    if app is None:
        raise Refused(Outcome(Verdict.HOLD, "no_app", Who.OPERATOR))
    form = {
        "grant_type": "refresh_token",
        "refresh_token": credentials["refresh_token"],
        "client_id": app.id,
        "client_secret": app.secret,
    }
    try:
        told = yield from _told(base, "token", form)
    except Refused as refused:
        raise Refused(_of_testing(refused.outcome, credentials, now)) from refused
    return _grant(told, {name: value for name, value in credentials.items() if name != "access_token"}, now)


def inspect(base: str, app: App | None, credentials: Credentials, now: datetime) -> Inquiry[Grant]:
    """What an access token may be used for, and until when."""
    told = yield from _told(base, "tokeninfo", {"access_token": credentials["access_token"]})
    return _grant({**told, "access_token": credentials["access_token"]}, credentials, now)


def revoke(base: str, app: App | None, credentials: Credentials) -> Inquiry[None]:
    """Give the grant back. Google takes all that this person granted this app with it."""
    token = credentials.get("refresh_token") or credentials["access_token"]
    yield from _told(base, "revoke", {"token": token})


def _told(base: str, path: str, form: Mapping[str, str]) -> Inquiry[Mapping[str, Any]]:
    reply = yield Call("POST", f"{_at(base, OAUTH_HOST)}/{path}", _FORM, urlencode(form).encode())
    told = parsed(reply.body)
    if not 200 <= reply.status < 300:
        raise Refused(_refusal(reply, told))
    return told


def _refusal(reply: Reply, told: Mapping[str, Any]) -> Outcome:
    code = text(told.get("error"))
    known = _ERRORS.get(code)
    return replace(known, code=code) if known else Outcome(Verdict.RETRY, code=f"http_{reply.status}")


def _grant(told: Mapping[str, Any], kept: Mapping[str, str], now: datetime) -> Grant:
    access_token, lasts = text(told.get("access_token")), whole(told.get("expires_in"))
    ends = whole(told.get("refresh_token_expires_in"))
    if not access_token or not lasts:
        raise unreadable()
    return Grant(
        credentials={**kept, "access_token": access_token},
        scopes=frozenset(text(told.get("scope")).split()),
        expires_at=now + timedelta(seconds=lasts),
        ends_at=None if not ends else now + timedelta(seconds=ends),
    )


def _of_testing(outcome: Outcome, credentials: Credentials, now: datetime) -> Outcome:
    """A grant that dies seven days old was given to a project whose consent screen is still being tested."""
    if outcome.code != "invalid_grant" or not credentials.get("granted_at"):
        return outcome
    age = now - datetime.fromisoformat(credentials["granted_at"])
    in_testing = _TESTING_LIFE <= age < _TESTING_LIFE + _NOTICED_WITHIN
    return replace(outcome, code="testing_grant_ended") if in_testing else outcome


def _at(base: str, host: str) -> str:
    """Google signs in at hosts of their own; a stand-in serves all under one base."""
    return f"https://{host}" if base == BASE else base


SIGN_IN = SignIn(
    scopes={"send": (DATA_MANAGER, ADWORDS), "discover": (ADWORDS,)},
    hosts=frozenset({CONSENT_HOST, OAUTH_HOST}),
    pasted=(),
    renews_with="refresh_token",
    renew_before=timedelta(minutes=5),
    warn_days=(3, 1),
    pkce=True,
    consent_url=consent_url,
    swap=swap,
    renew=renew,
    inspect=inspect,
    revoke=revoke,
)
