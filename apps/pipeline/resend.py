"""Replay and backfill, as somebody's acts: a forecast first, then an explicit start; each act is in the audit log.

A replay sends again what failed, expired or was called off. A backfill sends late what happened before its event was
on. Both go on in slices (`slices.py`), below live traffic, and can be paused and cancelled (ADR 18).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from apps.ads.registry import NETWORKS
from apps.audit import services as audit
from apps.conversions.models import Event
from apps.conversions.resending import START
from apps.core.actor import Actor
from apps.core.errors import Conflict, Fault, InvalidInput, NotFound
from apps.core.ids import first_id
from apps.domain.resend import ENDED
from apps.pipeline import doorbell
from apps.pipeline.models import Resend, ResendKind, ResendState
from apps.pipeline.slices import chosen_of, key_written, nothing_counted, resend_step
from apps.signals.models import Signal
from apps.signals.selectors import judged

FURTHEST_BACK = timedelta(days=90)  # no network takes what is older
COUNTED_AT_ONCE = 3  # slices; a larger forecast goes on in the background


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a replay or a backfill is about. Empty means all; `anew`: judged again instead of sent as it was."""

    kind: str
    event_id: UUID | None = None
    states: tuple[str, ...] = ()
    network: str = ""
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    anew: bool = False

    def stored(self) -> dict[str, Any]:
        """As the job's row keeps it."""
        return {
            "states": list(self.states),
            "network": self.network,
            "reason": self.reason,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "anew": self.anew,
        }


def resend_prepare(*, workspace_id: UUID, wanted: Wanted, start: bool = False, by: Actor, at: datetime) -> Resend:
    """A job with its forecast, or on its way to one; nothing is sent before it is started.

    `start`: it starts by itself as soon as everything is counted. Raises InvalidInput naming what cannot be used.
    """
    event = _event(wanted)
    if faults := _faults(wanted, event, at):
        raise InvalidInput(*faults)
    job = Resend(
        workspace_id=workspace_id,
        kind=wanted.kind,
        event_id=wanted.event_id,
        wanted=_limited(wanted, event, at).stored(),
        state=ResendState.COUNTING,
        forecast=nothing_counted(),
        outcome=nothing_counted(),
        due_at=at,
        created_at=at,
        created_by=by.label,
    )
    about = _ABOUT[ResendKind(wanted.kind)](job, event)
    job.cursors = {str(account_id): key_written(START) for account_id in about}
    job.total = sum(about.values())
    if start:
        job.started_at, job.started_by = at, by.label
    action = f"{job.kind}.start" if start else f"{job.kind}.prepare"
    _record(job, action, by, at)
    for _ in range(COUNTED_AT_ONCE):
        if job.state != ResendState.COUNTING:
            break
        resend_step(job, now=at)
    _ring(job)
    return job


def resend_start(*, workspace_id: UUID, resend_id: UUID, by: Actor, at: datetime) -> Resend:
    """Start what was counted. Raises NotFound, and Conflict when it is no draft."""
    job = _job(resend_id, ResendState.DRAFT)
    job.state, job.started_at, job.started_by, job.due_at = ResendState.RUNNING, at, by.label, at
    return _act(job, "start", by, at)


def resend_pause(*, workspace_id: UUID, resend_id: UUID, by: Actor, at: datetime) -> Resend:
    """Let nothing more in for now; the slice that was let in last still leaves."""
    job = _job(resend_id, ResendState.RUNNING)
    job.state, job.due_at, job.waits_for = ResendState.PAUSED, None, ""
    return _act(job, "pause", by, at)


def resend_resume(*, workspace_id: UUID, resend_id: UUID, by: Actor, at: datetime) -> Resend:
    """Go on where it was paused."""
    job = _job(resend_id, ResendState.PAUSED)
    job.state, job.due_at = ResendState.RUNNING, at
    return _act(job, "resume", by, at)


def resend_cancel(*, workspace_id: UUID, resend_id: UUID, by: Actor, at: datetime) -> Resend:
    """End it: what was not let in yet stays as it is, what was let in leaves."""
    job = _job(resend_id, ResendState.COUNTING, ResendState.DRAFT, ResendState.RUNNING, ResendState.PAUSED)
    job.state, job.due_at, job.waits_for, job.ended_at = ResendState.CANCELLED, None, "", at
    return _act(job, "cancel", by, at)


ACTS: Mapping[str, Callable[..., Resend]] = {
    "start": resend_start,
    "pause": resend_pause,
    "resume": resend_resume,
    "cancel": resend_cancel,
}


def resends_listed(*, kind: str = "", limit: int = 50) -> list[Resend]:
    """The workspace's jobs, of one kind or of both, the latest first."""
    rows = Resend.objects.filter(kind=kind) if kind else Resend.objects.all()
    return list(rows.order_by("-created_at", "-id")[:limit])


def resend_named(*, resend_id: UUID) -> Resend:
    """One job. Raises NotFound."""
    job = Resend.objects.filter(id=resend_id).first()
    if job is None:
        raise NotFound("There is no such replay or backfill in this workspace.")
    return job


def _job(resend_id: UUID, *states: ResendState) -> Resend:
    job = Resend.objects.select_for_update().filter(id=resend_id).first()
    if job is None:
        raise NotFound("There is no such replay or backfill in this workspace.")
    if job.state not in states:
        raise Conflict(f"It is {job.state}; this is for one that is {' or '.join(states)}.")
    return job


def _act(job: Resend, verb: str, by: Actor, at: datetime) -> Resend:
    job.save()
    _record(job, f"{job.kind}.{verb}", by, at)
    _ring(job)
    return job


def _record(job: Resend, action: str, by: Actor, at: datetime) -> None:
    detail = {"job": str(job.id), "event": str(job.event_id or ""), "total": job.total, **job.wanted}
    audit.record(workspace_id=job.workspace_id, by=by, action=action, subject=str(job.id), at=at, detail=detail)


def _ring(job: Resend) -> None:
    if job.due_at is not None:
        transaction.on_commit(lambda: doorbell.ring_resend(job.workspace_id, job.id))


def _event(wanted: Wanted) -> Event | None:
    if wanted.event_id is None:
        return None
    event = Event.objects.select_related("account").filter(id=wanted.event_id).first()
    if event is None:
        raise NotFound("There is no such event in this workspace.")
    return event


def _faults(wanted: Wanted, event: Event | None, at: datetime) -> list[Fault]:
    faults = [Fault("states", "choice", f"Choose from: {', '.join(ENDED)}.")]
    faults = faults if set(wanted.states) - set(ENDED) else []
    if wanted.network and wanted.network not in NETWORKS:
        faults.append(Fault("network", "choice", f"Choose one of: {', '.join(NETWORKS)}."))
    if wanted.since and wanted.until and wanted.since >= wanted.until:
        faults.append(Fault("until", "range", "Choose an end that is later than the beginning."))
    if wanted.since and wanted.since < at - timedelta(days=366):
        faults.append(Fault("since", "range", "Choose a beginning within the past year."))
    if wanted.kind == ResendKind.BACKFILL:
        faults += _backfill_faults(event)
    return faults


def _backfill_faults(event: Event | None) -> list[Fault]:
    if event is None:
        return [Fault("event_id", "required", "Choose the event that is to count what happened before.")]
    if event.deleted_at is not None or event.on_since is None:
        return [Fault("event_id", "event_off", "Switch the event on first: while it is off, nothing is sent for it.")]
    return []


def _limited(wanted: Wanted, event: Event | None, at: datetime) -> Wanted:
    """A backfill's period has both ends: from where the network's window begins, unless said otherwise, until now."""
    if event is None or wanted.kind != ResendKind.BACKFILL:
        return wanted
    shape = NETWORKS[event.account.network].manifest.shapes[event.trigger]
    window = shape.max_age or shape.click_window or FURTHEST_BACK
    return replace(wanted, since=wanted.since or at - window, until=min(wanted.until or at, at))


def _replayed(job: Resend, event: Event | None) -> Mapping[UUID, int]:
    """By ad account, how many conversions it is about."""
    rows = chosen_of(job).rows().order_by().values_list("account_id")
    return dict(rows.annotate(count=Count("signal_id")))


def _backfilled(job: Resend, event: Event | None) -> Mapping[UUID, int]:
    """By ad account, how many signals it is about."""
    assert event is not None
    since, until = (datetime.fromisoformat(job.wanted[name]) for name in ("since", "until"))
    rows = judged(Signal.objects.filter(kind=event.trigger, name=event.trigger_name))
    return {event.account_id: rows.filter(id__gte=first_id(at=since), id__lt=first_id(at=until)).count()}


_ABOUT = {ResendKind.REPLAY: _replayed, ResendKind.BACKFILL: _backfilled}
