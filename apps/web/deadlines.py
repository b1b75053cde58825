"""Deadlines: what will expire soon and what holds it up, and how much time everything that waits has left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.conversions.deadlines import Headroom
from apps.pipeline.deadlines import RETRY, SIGNED_OUT, TURN, Deadlines, deadlines
from apps.web import wording
from apps.web.request import MemberRequest

# The headroom's classes as apps/conversions/deadlines.py bounds them, and what has no end.
CLASSES: tuple[Promise, ...] = (
    _("Over"),
    _("Within 2 hours"),
    _("Within 24 hours"),
    _("Within 3 days"),
    _("Within 7 days"),
    _("Longer"),
    _("No limit"),
)
_HELD_UP: Mapping[str, Promise] = {
    SIGNED_OUT: _("The sign-in has to be made again."),
    RETRY: _("The network did not take it; it is tried again."),
    TURN: _("Nothing: it is about to leave."),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A class of the histogram at one network; `width` of 100 is the most there is in any."""

    label: Promise
    count: int
    width: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """A network's headroom."""

    network: str
    total: int
    columns: tuple[Column, ...]


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """The page; it fetches itself again every minute."""
    found = deadlines(now=timezone.now())
    context = {
        "found": found,
        "lines": [(each, why_held(each.held_up.why)) for each in found.endangered],
        "histograms": _histograms(found.headroom),
        "waiting": sum(each.total for each in found.headroom),
        "more": _more(found),
    }
    return render(request, "web/deadlines.html", context)


def why_held(code: str) -> str:
    """What holds a conversion up, in words."""
    return str(_HELD_UP[code]) if code in _HELD_UP else wording.reason_text(code)


def _more(found: Deadlines) -> int:
    return found.risk.near - len(found.endangered)


def _histograms(found: Sequence[Headroom]) -> list[Histogram]:
    most = max((count for each in found for count in (*each.by_class, each.without_end)), default=0)
    return [
        Histogram(
            each.network,
            each.total,
            tuple(
                Column(label, count, f"{count / most * 100 if most else 0:.1f}")
                for label, count in zip(CLASSES, (*each.by_class, each.without_end), strict=True)
            ),
        )
        for each in found
    ]
