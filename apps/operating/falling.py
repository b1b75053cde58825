"""Events of which most is blocked now, where it was not before: found by their own past, with what blocks most."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from apps.domain.share import LEAST_HEARD, Share, has_fallen, has_risen
from apps.operating.alerts import Finding
from apps.operating.models import Alert
from apps.operating.rhythm import LOOK_BACK, Firing, Stretch, blocked_since, shares

KIND = "mostly_blocked"
LATELY = (timedelta(days=1), timedelta(days=7))  # the second where too little came in within the first
Window = tuple[Share, datetime]  # what was heard, and since when


def still_fallen(events: Sequence[Firing], known: Mapping[str, Alert], *, now: datetime) -> Iterator[Finding]:
    """What is known of these events by their ids, and has not risen since. In every_workspace."""
    told = [(each, known[str(each.event_id)]) for each in events if str(each.event_id) in known]
    windows = _lately([(each, alert.since) for each, alert in told], now)
    for (_, alert), (share, _) in zip(told, windows, strict=True):
        if not has_risen(now=share, before_percent=int(alert.detail["before"])):
            yield Finding(KIND, alert.subject, alert.workspace_id, alert.detail)


def fallen(events: Sequence[Firing], *, now: datetime) -> Iterator[Finding]:
    """Those of the events that have fallen: the past is asked only of those that are mostly blocked."""
    found = zip(events, _lately([(each, each.on_since) for each in events], now), strict=True)
    suspects = [(each, window) for each, window in found if window[0].mostly_blocked]
    past = [Stretch(each.workspace_id, each.event_id, now - LOOK_BACK, since) for each, (_, since) in suspects]
    low = [
        (each, share, since, before)
        for (each, (share, since)), before in zip(suspects, shares(past), strict=True)
        if has_fallen(now=share, before=before)
    ]
    reasons = blocked_since([each._replace(last_at=since) for each, _, since, _ in low])
    for each, share, _, before in low:
        detail = {
            "name": each.name,
            "now": str(share.percent),
            "before": str(before.percent),
            "why": reasons.get(each.event_id, ""),
        }
        yield Finding(KIND, str(each.event_id), each.workspace_id, detail)


def _lately(events: Sequence[tuple[Firing, datetime]], now: datetime) -> list[Window]:
    """What each heard within a day, or where that says too little, within a week; nothing from before its moment."""
    asked = [
        Stretch(each.workspace_id, each.event_id, max(since, now - length), now)
        for each, since in events
        for length in LATELY
    ]
    windows = [(share, stretch.start) for share, stretch in zip(shares(asked), asked, strict=True)]
    return [day if day[0].heard >= LEAST_HEARD else week for day, week in zip(windows[::2], windows[1::2], strict=True)]
