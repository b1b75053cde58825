"""The pages: what arrived, what became of it and why."""

from pathlib import Path
from urllib.parse import urlencode

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from apps.sandbox import control, readings, world
from apps.sandbox.models import Received, Request, State
from apps.sandbox.render import rendered
from apps.sandbox.structure import BadStructure

STYLE = Path(__file__).parent / "assets" / "sandbox.css"
NAMES = {"facebook": "Facebook", "google": "Google Ads", "linkedin": "LinkedIn"}
REFRESH_SECONDS = 5


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show the counts per network and the newest conversions; a filter that makes no sense is left out and said so."""
    complaint = ""
    try:
        wanted = control.read_wanted(request.GET.dict())
    except BadStructure as fault:
        wanted, complaint = readings.Wanted(), f"That filter was left out: {fault}."
    rows, following = readings.newest(wanted)
    chosen = {name: getattr(wanted, name) for name in ("network", "state", "account") if getattr(wanted, name)}
    refreshing = request.GET.get("refresh") == "on"
    context = {
        "networks": [{"id": key, "name": NAMES[key], **sums} for key, sums in readings.counts().items()],
        "items": [_shown(row) for row in rows],
        "choices": {"network": NAMES.items(), "state": State.choices},
        "wanted": wanted,
        "complaint": complaint,
        "refresh_seconds": REFRESH_SECONDS if refreshing else None,
        "refresh_link": "?" + urlencode(chosen | ({} if refreshing else {"refresh": "on"})),
        "older_link": "?" + urlencode(chosen | {"after": following}) if following else "",
        "filtered": bool(chosen) or wanted.after is not None,
        "now": world.current()[1],
    }
    return rendered(request, "overview.html", context)


@require_GET
def received(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one conversion with the call it came in and the answer that call got."""
    row = get_object_or_404(Received.objects.select_related("request"), pk=pk)
    call: Request = row.request
    context = {
        "item": _shown(row),
        "call": call,
        "extras": _pretty(call.extras),
        "answer": _pretty(call.answer) if call.answer else "",
    }
    return rendered(request, "received.html", context)


@require_GET
def style(request: HttpRequest) -> HttpResponse:
    """Serve the pages' stylesheet."""
    return HttpResponse(
        STYLE.read_bytes(), content_type="text/css; charset=UTF-8", headers={"Cache-Control": "no-cache"}
    )


def _shown(row: Received) -> dict[str, object]:
    return {"row": row, "network": NAMES[row.network], "body": _pretty(row.body), "state": State(row.state).label}


def _pretty(text: str) -> str:
    return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
