"""Signing in at Facebook: Facebook Login, or the token of a system user pasted.

Credentials are `access_token` and, where the app that made the token is ours or was named, `app_id` and `app_secret`;
`kind` is Facebook's word for whose token it is. Sources: developers.facebook.com/docs/facebook-login/guides (manual
flow, long-lived tokens, data access that ends), .../docs/business-management-apis/system-users (tokens of 60 days),
.../docs/permissions (what each purpose needs).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from apps.ads.answers import text, whole
from apps.ads.networks.facebook import discover
from apps.ads.networks.facebook.assets import Token
from apps.ads.networks.facebook.client import BASE, FORM, delete
from apps.ads.networks.facebook.graph import answer
from apps.ads.networks.facebook.manifest import MANIFEST
from apps.ads.sign_in import App, Asked, Credentials, Grant, Pasted, Returned, SignIn
from apps.ads.wire import Call, Inquiry, Refused, Target, unreadable
from apps.domain.outcome import Outcome, Verdict
from apps.domain.reasons import Who

_DIALOGS = "https://www.facebook.com"
SCOPES = {
    "send": ("ads_management",),
    "discover": ("ads_management", "ads_read", "business_management"),
    "leads": (
        "ads_management",
        "leads_retrieval",
        "pages_manage_ads",
        "pages_manage_metadata",
        "pages_read_engagement",
        "pages_show_list",
    ),
}


def consent_url(base: str, app: App, asked: Asked) -> str:
    """The dialog's address; Facebook has it at another host than the Graph API, the sandbox at the same."""
    params = {
        "client_id": app.id,
        "redirect_uri": asked.redirect_uri,
        "state": asked.state,
        "scope": ",".join(asked.scopes),
        "response_type": "code",
    }
    return f"{_DIALOGS if base == BASE else base}/{MANIFEST.version}/dialog/oauth?{urlencode(params)}"


def swap(base: str, app: App, returned: Returned, now: datetime) -> Inquiry[Grant]:
    """The code for a token of an hour, and that at once for one of 60 days. Raises Refused."""
    short, _ = yield from _tokened(base, app, {"redirect_uri": returned.redirect_uri, "code": returned.code}, now)
    return (yield from _lasting(base, app, {"access_token": short}, now))


def renew(base: str, app: App | None, credentials: Credentials, now: datetime) -> Inquiry[Grant]:
    """A token of 60 days from one that still works. Raises Refused, signed out when it no longer does.

    The app is the one that made the token: a pasted token names its own.
    """
    if not credentials.get("app_id"):
        raise Refused(Outcome(Verdict.HOLD, "unknown_app", Who.ADMIN))
    made_by = App(credentials["app_id"], credentials["app_secret"])
    return (yield from _lasting(base, made_by, credentials, now))


def inspect(base: str, app: App | None, credentials: Credentials, now: datetime) -> Inquiry[Grant]:
    """What a pasted token is good for. Raises Refused, signed out for a token that Facebook no longer takes."""
    target = Target(base, "", credentials)
    found = yield from _looked_into(target)
    if not found.valid:
        raise Refused(Outcome(Verdict.HOLD, found.fault or "190", Who.ADMIN, signed_out=True))
    named = yield from discover.who(target)
    kept = {**credentials, "kind": found.kind}
    if "app_secret" in credentials:
        kept.setdefault("app_id", found.app_id)
    return _grant(kept, found, found.expires_at, named)


def _looked_into(target: Target) -> Inquiry[Token]:
    """What Facebook says of the token; where it tells only the app's own people, what the token says of itself."""
    try:
        return (yield from discover.token(target))
    except Refused as refused:
        if refused.outcome.code.partition("/")[0] != "100":
            raise
    granted = yield from discover.permissions(target)
    return Token(valid=True, kind="", app_id="", expires_at=None, data_access_expires_at=None, scopes=granted)


def revoke(base: str, app: App | None, credentials: Credentials) -> Inquiry[None]:
    """Take every permission back, which ends the token. Raises Refused."""
    answer((yield delete(Target(base, "", credentials), "me/permissions")))


def _lasting(base: str, app: App, credentials: Credentials, now: datetime) -> Inquiry[Grant]:
    asked = {"grant_type": "fb_exchange_token", "fb_exchange_token": credentials["access_token"]}
    of_system_user = credentials.get("kind") == "SYSTEM_USER"
    again = {"set_token_expires_in_60_days": "true"} if of_system_user else {}
    lasting, ends = yield from _tokened(base, app, asked | again, now)
    kept = {**credentials, "access_token": lasting, "app_id": app.id, "app_secret": app.secret}
    granted = yield from inspect(base, app, kept, now)
    return replace(granted, expires_at=granted.expires_at or ends)


def _tokened(base: str, app: App, asked: Mapping[str, str], now: datetime) -> Inquiry[tuple[str, datetime | None]]:
    """A token and its end. The secrets stand in the body, where no access log sees them."""
    said = {"client_id": app.id, "client_secret": app.secret, **asked}
    url = f"{base}/{MANIFEST.version}/oauth/access_token"
    found = answer((yield Call("POST", url, FORM, urlencode(said).encode())))
    token, seconds = text(found.get("access_token")), whole(found.get("expires_in"))
    if not token:
        raise unreadable()
    return token, now + timedelta(seconds=seconds) if seconds else None


def _grant(credentials: Credentials, found: Token, expires_at: datetime | None, who: str) -> Grant:
    """What a token gives. `ends_at` is when access to data ends, which only a person can move; where we cannot renew
    the token, it is the token's own end if that is sooner.
    """
    ends = [found.data_access_expires_at, None if "app_secret" in credentials else expires_at]
    return Grant(
        credentials=credentials,
        scopes=found.scopes,
        expires_at=expires_at,
        ends_at=min((each for each in ends if each is not None), default=None),
        who=who,
    )


SIGN_IN = SignIn(
    scopes=SCOPES,
    hosts=frozenset(),
    pasted=(
        Pasted(
            "access_token",
            "Access token",
            "Of a system user, from Business settings, or from Events Manager under Settings, Conversions API.",
        ),
        Pasted(
            "app_secret",
            "App secret",
            "Of the app that made the token. With it convsync proves every call and renews a token that ends.",
            required=False,
        ),
    ),
    renews_with="app_secret",
    renew_before=timedelta(days=30),
    warn_days=(14, 3, 1),
    pkce=False,
    consent_url=consent_url,
    swap=swap,
    renew=renew,
    inspect=inspect,
    revoke=revoke,
)
