"""Signing in at LinkedIn: by OAuth, or with a Direct API token that an advertiser made in Campaign Manager.

Sources: learn.microsoft.com/linkedin/shared/authentication (`authorization-code-flow`, `programmatic-refresh-tokens`,
`token-introspection`), learn.microsoft.com/linkedin/marketing/getting-access (permissions). A refresh token lives a
year from the consent, however often it is used, and no access token outlives it. A Direct API token belongs to no app:
the introspection does not know it, and it is documented as never ending.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from apps.ads.answers import parsed, text
from apps.ads.networks.linkedin.assets import seat_of
from apps.ads.networks.linkedin.client import BASE, get
from apps.ads.networks.linkedin.discover import ROLES
from apps.ads.networks.linkedin.rest import answered, by_start
from apps.ads.sign_in import App, Asked, Credentials, Grant, Pasted, Returned, SignIn
from apps.ads.wire import Call, Inquiry, Refused, Target, unreadable
from apps.domain.outcome import Outcome, Reply, Verdict
from apps.domain.reasons import Who

PAGES = "https://www.linkedin.com"
WHO_AM_I = "r_basicprofile"
_OWN_CODE = re.compile(r"[a-z_]{1,40}")

# By the token endpoint's `error`. Who reconnects is the customer's admin; a wrong app is the operator's.
ERRORS: Mapping[str, Outcome] = {
    "invalid_grant": Outcome(Verdict.HOLD, "invalid_grant", Who.ADMIN, signed_out=True),
    "invalid_request": Outcome(Verdict.HOLD, "invalid_request", Who.ADMIN),
    "invalid_client": Outcome(Verdict.HOLD, "invalid_client", Who.OPERATOR),
    "invalid_redirect_uri": Outcome(Verdict.HOLD, "invalid_redirect_uri", Who.OPERATOR),
    "unauthorized_client": Outcome(Verdict.HOLD, "unauthorized_client", Who.OPERATOR),
}
_NO_APP = Outcome(Verdict.HOLD, "no_app", Who.OPERATOR)
_DEAD = Outcome(Verdict.HOLD, "token_not_active", Who.ADMIN, signed_out=True)


def consent_url(base: str, app: App, asked: Asked) -> str:
    """The page on which the member allows the app."""
    query = {
        "response_type": "code",
        "client_id": app.id,
        "redirect_uri": asked.redirect_uri,
        "state": asked.state,
        "scope": " ".join(asked.scopes),
    }
    return f"{_oauth(base)}/authorization?{urlencode(query)}"


def swap(base: str, app: App, returned: Returned, now: datetime) -> Inquiry[Grant]:
    """A code for tokens. Raises Refused."""
    form = {"grant_type": "authorization_code", "code": returned.code, "redirect_uri": returned.redirect_uri}
    answer = yield from _posted(base, "accessToken", app, form)
    credentials = {"access_token": _token(answer)}
    if refresh := text(answer.get("refresh_token")):
        credentials["refresh_token"] = refresh
    expires_at = _after(now, answer.get("expires_in"))
    ends_at = _after(now, answer.get("refresh_token_expires_in")) if refresh else expires_at
    scopes = _scopes(answer)
    who = (yield from _who(base, credentials)) if scopes and WHO_AM_I in scopes else ""
    return Grant(credentials, scopes, expires_at, ends_at, who)


def renew(base: str, app: App | None, credentials: Credentials, now: datetime) -> Inquiry[Grant]:
    """A new access token for the refresh token, whose own end does not move. Raises Refused."""
    if app is None:
        raise Refused(_NO_APP)
    form = {"grant_type": "refresh_token", "refresh_token": credentials["refresh_token"]}
    answer = yield from _posted(base, "accessToken", app, form)
    refresh = text(answer.get("refresh_token")) or credentials["refresh_token"]
    return Grant(
        credentials={**credentials, "access_token": _token(answer), "refresh_token": refresh},
        scopes=_scopes(answer),
        expires_at=_after(now, answer.get("expires_in")),
        ends_at=_after(now, answer.get("refresh_token_expires_in")),
    )


def inspect(base: str, app: App | None, credentials: Credentials, now: datetime) -> Inquiry[Grant]:
    """What a pasted token is good for. One that our app did not issue is a Direct API token: it must answer a call.

    Raises Refused.
    """
    known = (yield from _introspected(base, app, credentials)) if app is not None else None
    if known is None:
        yield from by_start(Target(base, "", credentials), ROLES, seat_of)
        return Grant(credentials)
    if known.get("active") is not True:
        raise Refused(_DEAD)
    expires_at = _moment(known.get("expires_at"))
    return Grant(credentials, _scopes(known), expires_at, expires_at)


def revoke(base: str, app: App | None, credentials: Credentials) -> Inquiry[None]:
    """Take the token back. A Direct API token can be taken back in Campaign Manager only. Raises Refused."""
    if app is None:
        raise Refused(_NO_APP)
    yield from _posted(base, "revoke", app, {"token": credentials["access_token"]})


def _introspected(base: str, app: App, credentials: Credentials) -> Inquiry[Mapping[str, Any] | None]:
    """What LinkedIn knows of the token; None where another app, or none, issued it."""
    reply = yield _form(base, "introspectToken", app, {"token": credentials["access_token"]})
    if _said_no(reply) and _error(reply) != "invalid_client":
        return None
    return _granted(reply)


def _who(base: str, credentials: Credentials) -> Inquiry[str]:
    reply = yield from answered(get(Target(base, "", credentials), "me"))
    member = parsed(reply.body)
    return f"{text(member.get('localizedFirstName'))} {text(member.get('localizedLastName'))}".strip()


def _posted(base: str, endpoint: str, app: App, form: Mapping[str, str]) -> Inquiry[Mapping[str, Any]]:
    return _granted((yield _form(base, endpoint, app, form)))


def _form(base: str, endpoint: str, app: App, form: Mapping[str, str]) -> Call:
    """Only a form in the body is taken: nothing secret stands in an address."""
    body = urlencode({**form, "client_id": app.id, "client_secret": app.secret})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Call("POST", f"{_oauth(base)}/{endpoint}", headers, body.encode())


def _granted(reply: Reply) -> Mapping[str, Any]:
    if reply.status == 200:
        return parsed(reply.body)
    if _said_no(reply):
        error = _error(reply)
        raise Refused(ERRORS.get(error) or Outcome(Verdict.HOLD, error or f"http_{reply.status}", Who.OPERATOR))
    raise Refused(Outcome(Verdict.RETRY, f"http_{reply.status}"))


def _said_no(reply: Reply) -> bool:
    return 400 <= reply.status < 500 and reply.status != 429


def _error(reply: Reply) -> str:
    error = text(parsed(reply.body).get("error"))
    return error if _OWN_CODE.fullmatch(error) else ""


def _token(answer: Mapping[str, Any]) -> str:
    token = text(answer.get("access_token"))
    if not token:
        raise unreadable()
    return token


def _scopes(answer: Mapping[str, Any]) -> frozenset[str] | None:
    """LinkedIn separates them by commas, by blanks, or by both; None where it tells none."""
    told = text(answer.get("scope"))
    return frozenset(re.split(r"[,\s]+", told.strip())) if told.strip() else None


def _after(now: datetime, seconds: object) -> datetime | None:
    return now + timedelta(seconds=seconds) if type(seconds) is int and seconds > 0 else None


def _moment(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if type(seconds) is int and seconds > 0 else None


def _oauth(base: str) -> str:
    """People sign in at another host than the API's; the sandbox has both under one address."""
    return f"{PAGES if base == BASE else base}/oauth/v2"


SIGN_IN = SignIn(
    scopes={
        "send": ("rw_conversions",),
        "discover": ("r_ads", WHO_AM_I),
        "leads": ("r_marketing_leadgen_automation",),
    },
    hosts=frozenset({"www.linkedin.com"}),
    pasted=(
        Pasted(
            "access_token",
            "Access token",
            "A Direct API token from Campaign Manager, under Signals Manager, or a token of our LinkedIn app.",
        ),
    ),
    renews_with="refresh_token",
    renew_before=timedelta(days=7),
    warn_days=(30, 7, 1),
    pkce=False,
    consent_url=consent_url,
    swap=swap,
    renew=renew,
    inspect=inspect,
    revoke=revoke,
)
