"""How what was sent looks and reads: a conversion's standing, requests and attempts."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from apps.domain.outcome import Verdict
from apps.domain.states import IN_DOUBT, RequestState
from apps.web.wording import STATES, Look

# How a single conversion stands: its state, or that it is not known yet.
STANDINGS: Mapping[str, Look] = {
    **STATES,
    IN_DOUBT: Look(
        _("Unknown so far"), "warn", "info", _("It left and no answer came; it leaves again with the same id.")
    ),
}

REQUESTS: Mapping[str, Look] = {
    RequestState.SENDING: Look(_("On its way"), "info", "send"),
    RequestState.ACCEPTED: Look(_("Accepted"), "ok", "check"),
    RequestState.PARTIAL: Look(_("Partly accepted"), "warn", "alert"),
    RequestState.REFUSED: Look(_("Refused"), "bad", "alert"),
    RequestState.UNKNOWN: Look(_("No answer"), "warn", "clock"),
}

ATTEMPTS: Mapping[str, Look] = {
    Verdict.ACCEPTED: Look(_("Accepted"), "ok", "check"),
    Verdict.TWIN: Look(_("The network had it already"), "ok", "check"),
    Verdict.REFUSED: Look(_("Refused for good"), "bad", "alert"),
    Verdict.RETRY: Look(_("Tried again later"), "warn", "repeat"),
    Verdict.HOLD: Look(_("Held until mended"), "warn", "pause"),
    Verdict.UNKNOWN: Look(_("No answer, sent again"), "warn", "repeat"),
    Verdict.INNOCENT: Look(_("A neighbour was at fault; sent again at once"), "off", "repeat"),
    Verdict.AMEND: Look(_("A part of it was refused; sent again without that part"), "warn", "repeat"),
    Verdict.BROKEN: Look(_("Our own software failed on it"), "bad", "alert"),
    Verdict.SUSPECT: Look(_("The request was refused; narrowing down"), "warn", "search"),
}
