"""Signing in and looking around: its sandbox answers already, its inquiries come next."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from apps.ads.sign_in import SignIn
from apps.ads.wire import Inquiry, Refused
from apps.domain.outcome import Outcome, Verdict
from apps.domain.reasons import Who


def not_built(*_: Any) -> Inquiry[Any]:
    """Refuse."""
    yield from ()
    raise Refused(Outcome(Verdict.HOLD, "not_built", Who.OPERATOR))


_no_page: Callable[..., str] = lambda *_: ""  # noqa: E731
SIGN_IN = SignIn(
    scopes={},
    hosts=frozenset(),
    pasted=(),
    renews_with="refresh_token",
    renew_before=timedelta(minutes=5),
    warn_days=(14, 3, 1),
    pkce=False,
    consent_url=_no_page,
    swap=not_built,
    renew=not_built,
    inspect=not_built,
    revoke=not_built,
)
