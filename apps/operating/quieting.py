"""Events that have gone quiet, or of which most is blocked: found by their own past, with what is likely behind it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_datetime

from apps.connections.models import ConnectionState
from apps.conversions.models import Event
from apps.core.ids import first_id
from apps.core.tenancy import every_workspace
from apps.domain.facts import Trigger
from apps.domain.quiet import LEAST_SILENCE, Circumstances, Rhythm, is_quiet, likely_cause, stretches
from apps.operating.alerts import Changed, Finding, alerts_forget, alerts_update
from apps.operating.falling import KIND, fallen, still_fallen
from apps.operating.finding import BEHIND
from apps.operating.models import Alert
from apps.operating.rhythm import LOOK_BACK, Firing, Stretch, blocked_since, counted, events_firing
from apps.operating.unjudged import unjudged_now
from apps.records.models import LifecycleStage, PropertyDefinition
from apps.signals.models import Signal
from apps.tracking.models import Behaviour, Form
from apps.workspaces.models import Workspace

PAGE = 500


def quiet_watch(*, now: datetime) -> Changed:
    """Look which events have gone quiet or fallen, and which are well again; forget alerts that were over long ago."""
    with every_workspace():
        alerts_forget(now=now)
        return alerts_update(found=list(_found(now)), kinds=["quiet", KIND], now=now)


def _found(now: datetime) -> Iterator[Finding]:
    """Workspaces where judging is behind are left out: there everything seems quiet."""
    behind = {each.workspace_id for each in unjudged_now() if now - each.oldest_at > BEHIND}
    open_now = {alert.subject: alert for alert in Alert.objects.filter(kind="quiet", ended_at=None)}
    low_now = {alert.subject: alert for alert in Alert.objects.filter(kind=KIND, ended_at=None)}
    after: Firing | None = None
    while page := events_firing(now=now, after=after, limit=PAGE):
        after = page[-1]
        known = [open_now[str(each.event_id)] for each in page if _still(each, open_now)]
        yield from (Finding("quiet", alert.subject, alert.workspace_id, alert.detail) for alert in known)
        told = {alert.subject for alert in known}
        fresh = [each for each in page if str(each.event_id) not in told and each.workspace_id not in behind]
        quiet = list(_explained(_quiet(fresh, now)))
        yield from quiet
        yield from still_fallen(page, low_now, now=now)
        told = {each.subject for each in quiet} | low_now.keys()
        yield from fallen([each for each in fresh if str(each.event_id) not in told], now=now)


def _still(event: Firing, open_now: dict[str, Alert]) -> bool:
    """Whether it was found to be quiet and has not fired since. After weeks its past has nothing to compare with."""
    alert = open_now.get(str(event.event_id))
    since = parse_datetime(alert.detail["silent_since"]) if alert else None
    return since is not None and (event.last_at is None or event.last_at <= since)


def _quiet(events: Sequence[Firing], now: datetime) -> list[Firing]:
    """Those of the events whose silence is too long to be chance: one statement for all of them."""
    zones = dict(Workspace.objects.filter(id__in={each.workspace_id for each in events}).values_list("id", "time_zone"))
    silent: list[tuple[Firing, timedelta, list[Stretch]]] = []
    for each in events:
        if each.last_at is None or now - each.last_at < LEAST_SILENCE:
            continue
        zone = ZoneInfo(zones[each.workspace_id])
        past = stretches(last=each.last_at, now=now, on_since=each.on_since, zone=zone)
        bounds = [(now - LOOK_BACK, now), *past]
        silent.append((each, now - each.last_at, [Stretch(each.workspace_id, each.event_id, *both) for both in bounds]))
    numbers = iter(counted([stretch for _, _, asked in silent for stretch in asked]))
    quiet = []
    for each, silence, asked in silent:
        in_all, *same_stretch = (next(numbers) for _ in asked)
        if is_quiet(Rhythm(same_stretch, in_all), silence=silence):
            quiet.append(each)
    return quiet


def _explained(events: Sequence[Firing]) -> Iterator[Finding]:
    """Each quiet event with its likeliest cause."""
    if not events:
        return
    reasons = blocked_since(events)
    rows = Event.objects.select_related("account__connection", "version").in_bulk([each.event_id for each in events])
    for each in events:
        event = rows[each.event_id]
        wanted = event.version.settings.get("consent_property") or "" if event.version else ""
        known = Circumstances(
            blocked=reasons.get(each.event_id, ""),
            source_gone=_source_gone(each),
            property_gone=bool(wanted) and not _has_property(each.workspace_id, wanted),
            signed_out=event.account.connection.state != ConnectionState.WORKING,
            others_came=_came(each, kind=each.trigger),
            any_came=_came(each),
        )
        detail = {
            "name": each.name,
            "cause": likely_cause(each.trigger, known),
            "reason": known.blocked,
            "property": wanted,
            "silent_since": each.last_at.isoformat() if each.last_at else "",
        }
        yield Finding("quiet", str(each.event_id), each.workspace_id, detail)


def _source_gone(event: Firing) -> bool:
    if event.trigger == Trigger.STAGE_CHANGE:
        stages = LifecycleStage.objects.filter(workspace_id=event.workspace_id, name=event.trigger_name)
        return not stages.exists()
    model = Form if event.trigger == Trigger.FORM_SUBMISSION else Behaviour
    return not model.objects.filter(id=UUID(event.trigger_name), archived_at=None).exists()


def _has_property(workspace_id: UUID, name: str) -> bool:
    return PropertyDefinition.objects.filter(workspace_id=workspace_id, object_type="contacts", name=name).exists()


def _came(event: Firing, *, kind: str = "") -> bool:
    """Whether signals came in since the event last fired: of that kind, or of any."""
    assert event.last_at is not None
    since = Signal.objects.filter(workspace_id=event.workspace_id, id__gt=first_id(at=event.last_at + LEAST_SILENCE))
    return (since.filter(kind=kind) if kind else since).exists()
