"""Overview: the ledger that adds up, what holds conversions back, and what is going on."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.conversions.selectors import Ledger, events_listed, ledger
from apps.operating.alerts import alerts_open
from apps.pipeline.explain import Filter, signals_listed
from apps.pipeline.outliers import outliers_open
from apps.web import wording
from apps.web.events import lines_of
from apps.web.request import MemberRequest
from apps.web.signals import signal_lines

LATEST, MOST_REASONS, MOST_TROUBLED = 8, 8, 5


@dataclass(frozen=True, slots=True)
class ReasonBar:
    """A block reason in the Pareto: how many it stopped, and the share it and those above it have of all blocks."""

    code: str
    count: int
    share: float
    running: float
    width: str


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """The overview; without events it teaches the first step instead."""
    rows = events_listed(now=timezone.now())
    troubled = [row for row in rows if row.health in ("broken", "attention")]
    book = ledger()
    latest = signals_listed(wanted=Filter(), limit=LATEST)
    context = {
        "events": len(rows),
        "ledger": book,
        "cells": [(state, book.by_state.get(state, 0)) for state in wording.STATES],
        "states": wording.STATES,
        "reasons": _pareto(book),
        "latest": signal_lines(latest.rows),
        "outliers": outliers_open(),
        "alerts": alerts_open().count(),
        "troubled": lines_of(troubled[:MOST_TROUBLED]),
    }
    return render(request, "web/home.html", context)


def _pareto(book: Ledger) -> list[ReasonBar]:
    total = sum(book.blocked_by_reason.values())
    largest = max(book.blocked_by_reason.values(), default=0)
    bars, running = [], 0
    for code, count in list(book.blocked_by_reason.items())[:MOST_REASONS]:
        running += count
        bars.append(ReasonBar(code, count, count / total, running / total, f"{count / largest * 100:.2f}"))
    return bars
