"""Sending again and late: the list of replays and backfills, the filter, the forecast, and the start (admins)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.ads.registry import NETWORKS
from apps.conversions.ledger import moments_read
from apps.conversions.models import Event
from apps.core.errors import InvalidInput, NotFound
from apps.domain.resend import REPLAYABLE, Fate
from apps.pipeline.models import Resend, ResendKind
from apps.pipeline.resend import ACTS, Wanted, resend_named, resend_prepare, resends_listed
from apps.pipeline.slices import GOING_ON
from apps.web import faults, resend_words, wording
from apps.web.names import event_names
from apps.web.request import MemberRequest
from apps.workspaces.roles import Action, require


@dataclass(frozen=True, slots=True)
class Line:
    """A job in the list, with its event's name."""

    job: Resend
    event_name: str

    @property
    def going_on(self) -> bool:
        """Whether the page should look again by itself."""
        return self.job.state in GOING_ON

    @property
    def eligible(self) -> int:
        """How many leave, by the forecast."""
        return int(self.job.forecast["counts"].get(Fate.ELIGIBLE, 0))


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """Every job, the latest first."""
    lines = _lines(resends_listed())
    return render(request, "web/resends.html", {"lines": lines, "going_on": any(line.going_on for line in lines)})


@require_http_methods(["GET", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """What it is to be about; the answer is its forecast."""
    require(request.member.role, Action.RESEND)
    if request.method == "GET":
        return _form(request, request.GET)
    try:
        job = resend_prepare(
            workspace_id=request.workspace.id,
            wanted=_wanted(request.POST, request.workspace.time_zone, timezone.now()),
            by=request.actor,
            at=timezone.now(),
        )
    except InvalidInput as error:
        return _form(request, request.POST, errors=faults.by_field(error), status=422)
    return redirect("web:resend", job.id)


@require_safe
def one(request: MemberRequest, resend_id: UUID) -> HttpResponse:
    """A job: its forecast, its progress, and what became of each."""
    job = resend_named(resend_id=resend_id)
    (line,) = _lines([job])
    context = {
        "line": line,
        "job": job,
        "looked": _counted(job.forecast["counts"]),
        "became": _counted(job.outcome["counts"]),
        "reasons": sorted(job.forecast["reasons"].items(), key=lambda each: -each[1]),
        "minutes": job.forecast["seconds"] // 60,
        "wait": resend_words.WAITS.get(job.waits_for, ""),
        "network": NETWORKS[job.wanted["network"]].manifest.label if job.wanted["network"] else "",
    }
    return render(request, "web/resend.html", context)


_SAID = {
    "start": _("It has been started: live conversions still go first."),
    "pause": _("It is paused. What was let in already still leaves."),
    "resume": _("It goes on where it was."),
    "cancel": _("It was cancelled. What was not let in stays as it was."),
}


@require_POST
def act(request: MemberRequest, resend_id: UUID, verb: str) -> HttpResponse:
    """Start, pause, resume or cancel it."""
    require(request.member.role, Action.RESEND)
    if verb not in ACTS:
        raise NotFound("There is no such act.")
    ACTS[verb](workspace_id=request.workspace.id, resend_id=resend_id, by=request.actor, at=timezone.now())
    messages.success(request, str(_SAID[verb]))
    return redirect("web:resend", resend_id)


def _form(
    request: MemberRequest, given: QueryDict, *, errors: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    backfill = given.get("kind") == ResendKind.BACKFILL
    events = Event.objects.filter(deleted_at=None).order_by("name")
    context = {
        "kind": ResendKind.BACKFILL if backfill else ResendKind.REPLAY,
        "given": given,
        "chosen": given.getlist("state") or [str(state) for state in REPLAYABLE[:2]],
        "states": [str(state) for state in REPLAYABLE],
        "events": events.exclude(on_since=None) if backfill else events,
        "networks": [network.manifest for network in NETWORKS.values()],
        "periods": {days: text for days, (text, _) in resend_words.PERIODS.items()},
        "days": [given[name] for name in ("from", "to") if given.get(name)],
        "how": resend_words.HOW,
        "reason_shown": wording.reason_text(given.get("reason", "")),
        "errors": errors or {},
    }
    return render(request, "web/resend_new.html", context, status=status)


def _wanted(given: QueryDict, zone: str, now: datetime) -> Wanted:
    """The form, read. Raises InvalidInput for days that are none, NotFound for an event that is none."""
    event_id = _event_id(given.get("event_id", ""))
    since, until = _period(given, zone, now)
    if given.get("kind") == ResendKind.BACKFILL:
        return Wanted(kind=ResendKind.BACKFILL, event_id=event_id, since=since, until=until)
    return Wanted(
        kind=ResendKind.REPLAY,
        event_id=event_id,
        states=tuple(given.getlist("state")),
        network=given.get("network", ""),
        reason=given.get("reason", "")[:100],
        since=since,
        until=until,
        anew=given.get("how") == "anew",
    )


def _period(given: QueryDict, zone: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """The moments between which it happened: the days of the list it came from, or so long ago."""
    if given.get("period") == "days":
        return moments_read(first=given.get("from", ""), last=given.get("to", ""), zone=zone)
    _, ago = resend_words.PERIODS.get(given.get("period", ""), ("", None))
    return (now - ago if ago else None), None


def _event_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise NotFound("There is no such event in this workspace.") from error


def _lines(jobs: Iterable[Resend]) -> list[Line]:
    held = list(jobs)
    names = event_names(job.event_id for job in held if job.event_id)
    return [Line(job, names.get(job.event_id, "") if job.event_id else gettext("All events")) for job in held]


def _counted(counts: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The counts in the order in which they read best."""
    return [(fate, counts[fate]) for fate in resend_words.FATES if counts.get(fate)]
