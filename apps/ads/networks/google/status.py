"""What became of a request to the Data Manager API: counts of what was processed, and of what was dropped and why.

developers.google.com/data-manager/api/devguides/diagnostics: ready after half an hour or so, kept for about 50 days.
Google does not tell which events of a request were dropped.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from apps.ads.answers import parsed, part, parts, text, whole
from apps.ads.networks.google import client
from apps.ads.networks.google.event_codes import processed
from apps.ads.networks.google.outcome import refusal
from apps.ads.wire import Inquiry, Refused, Target, unreadable
from apps.domain.outcome import ACCEPTED, Confirmation, Outcome, Verdict
from apps.domain.reasons import Who

_DONE = frozenset({"SUCCESS", "PARTIAL_SUCCESS", "FAILED"})
_FORGOTTEN = frozenset({"REQUEST_TOO_OLD", "INVALID_REQUEST_ID", "NOT_FOUND"})
# What those are that no reason is given for; the counts of reasons need not be complete.
_REST = {"FAILED": Outcome(Verdict.REFUSED, "no_reason_given", Who.OPERATOR)}
_PREFIXES = ("PROCESSING_ERROR_REASON_", "PROCESSING_ERROR_")


def awaits(route: str) -> bool:
    """Whether a request of the route is processed later: an event's is."""
    return route.startswith("event:")


def confirm(target: Target, request_id: str) -> Inquiry[Confirmation]:
    """Ask once. Raises Refused where Google neither tells nor says that it has forgotten."""
    reply = yield client.request_status(target, request_id)
    if not 200 <= reply.status < 300:
        why = refusal(reply)
        if why.code in _FORGOTTEN:
            return Confirmation(done=True, forgotten=True)
        raise Refused(why)
    told = parts(parsed(reply.body), "requestStatusPerDestination")
    if not told:
        raise unreadable()
    return _counted(told)


def _counted(told: Sequence[Mapping[str, Any]]) -> Confirmation:
    """One destination was asked for, so there is one status; of several, the request is done when all are."""
    states = {text(each.get("requestStatus")) for each in told}
    if not states <= _DONE:
        return Confirmation(done=False)
    ended: Counter[Outcome] = Counter()
    for each in told:
        total = whole(part(each, "eventsIngestionStatus").get("recordCount")) or 0
        dropped: Counter[Outcome] = Counter()
        for count in parts(part(each, "errorInfo"), "errorCounts"):
            dropped[processed(_short(text(count.get("reason"))))] += whole(count.get("recordCount")) or 0
        state = text(each.get("requestStatus"))
        # Of a request that ended so, some were processed even if Google does not count them.
        rest = max(total - dropped.total(), 1 if state == "PARTIAL_SUCCESS" else 0)
        ended += dropped
        if rest or state == "SUCCESS":
            ended[_REST.get(state, ACCEPTED)] += rest
    return Confirmation(done=True, ended=dict(ended))


def _short(reason: str) -> str:
    return next((reason.removeprefix(prefix) for prefix in _PREFIXES if reason.startswith(prefix)), reason)
