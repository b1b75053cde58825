"""The sandbox's own API for tests and demos, under `/_sandbox/`."""

from collections.abc import Mapping

from django.http import HttpRequest
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.sandbox import faults, ledger, readings, world
from apps.sandbox.jsonview import body_of, speaks_json
from apps.sandbox.models import ScriptedFault, State
from apps.sandbox.structure import BadStructure, plain

MOST_ITEMS = 1000
CHOICES: Mapping[str, tuple[str, ...]] = {"network": world.NETWORKS, "state": tuple(State.values)}


@require_GET
@speaks_json
def health(request: HttpRequest) -> object:
    """Say that the sandbox and its database answer, and what time it is there."""
    return {"status": "ok", "now": world.current()[1].isoformat(), "networks": world.NETWORKS}


@require_POST
@speaks_json
def reset(request: HttpRequest) -> object:
    """Forget what was received, waiting faults and the clock's offset; keep the world."""
    ledger.empty()
    return {"status": "ok"}


@require_GET
@speaks_json
def show_ledger(request: HttpRequest) -> object:
    """Return counts per network (of one account, if named) and the conversions that match, newest first."""
    wanted = read_wanted(request.GET.dict())
    rows, following = readings.newest(wanted)
    return {
        "counts": readings.counts(wanted.account),
        "items": [readings.item(row) for row in rows],
        "next": following,
    }


@require_http_methods(["GET", "PUT", "DELETE"])
@speaks_json
def show_world(request: HttpRequest) -> object:
    """GET the world, PUT another one for the networks named in the body, DELETE to bring the default back."""
    if request.method == "PUT":
        return plain(world.replace(body_of(request)))
    return plain(world.restore() if request.method == "DELETE" else world.current()[0])


@require_http_methods(["GET", "POST", "DELETE"])
@speaks_json
def script(request: HttpRequest) -> object:
    """GET the faults that wait, POST `{"faults": [...]}` to add some, DELETE to call them all off."""
    if request.method == "POST":
        return {"waiting": faults.add(body_of(request))}
    if request.method == "DELETE":
        ScriptedFault.objects.all().delete()
    return {"faults": faults.waiting()}


@require_POST
@speaks_json
def clock(request: HttpRequest) -> object:
    """Move the clock with `{"offset_seconds": n}`, counted from the real time."""
    body = body_of(request)
    offset = body.get("offset_seconds") if isinstance(body, dict) else None
    return {"now": world.set_clock(offset).isoformat()}


def read_wanted(given: Mapping[str, str]) -> readings.Wanted:
    """Return the filters of a query string. Raises `BadStructure` for a value that is none."""
    for name, choices in CHOICES.items():
        if given.get(name) and given[name] not in choices:
            raise BadStructure(name, f"must be one of {', '.join(choices)}")
    after = given.get("after") or None
    return readings.Wanted(
        network=given.get("network", ""),
        account=given.get("account", "").replace("\x00", ""),
        state=given.get("state", ""),
        after=None if after is None else _number("after", after, 2**63 - 1),
        limit=_number("limit", given.get("limit") or "50", MOST_ITEMS),
    )


def _number(name: str, value: str, most: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 19 and 1 <= int(value) <= most):
        raise BadStructure(name, f"must be a whole number from 1 to {most}")
    return int(value)
