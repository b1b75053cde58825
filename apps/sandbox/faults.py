"""Faults on request: a small script of them waits per network, and each next request takes one."""

import os
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from apps.sandbox import ledger
from apps.sandbox.exchange import Answer
from apps.sandbox.facebook import errors as facebook
from apps.sandbox.google import errors as google
from apps.sandbox.linkedin import errors as linkedin
from apps.sandbox.models import ScriptedFault
from apps.sandbox.spine import respond
from apps.sandbox.structure import BadStructure, build, plain
from apps.sandbox.world import current

HTML = (
    "<html><head><title>{status}</title></head><body><h1>{status}</h1><p>The server could not answer.</p></body></html>"
)
# Close a socket so that the peer sees a reset instead of an orderly end.
ABORT = struct.pack("ii", 1, 0)
LONGEST_DELAY_MS = 120_000
MOST_TIMES = 1000


class Outage(Protocol):
    """A network's own body for an HTTP status; every network has one."""

    def __call__(self, status: int, *, version: str, retry_after: int | None) -> Answer: ...


OUTAGES: Mapping[str, Outage] = {"facebook": facebook.outage, "google": google.outage, "linkedin": linkedin.outage}


@dataclass(frozen=True)
class Fault:
    """What happens to one request, in this order: it waits, is cut off or answered with a status, else is served;
    with `drop_after_commit` it is served and the answer is eaten. `times` puts the fault into the script that often."""

    network: Literal["facebook", "google", "linkedin"]
    delay_ms: int = 0
    reset: bool = False
    status: int | None = None
    retry_after: int | None = None
    html: bool = False
    body: object = None
    drop_after_commit: bool = False
    times: int = 1


@dataclass(frozen=True)
class Script:
    """Faults in the order in which they shall happen."""

    faults: tuple[Fault, ...]


def add(value: object) -> int:
    """Put the faults of `{"faults": [...]}` behind those that wait; return how many wait. Raises `BadStructure`."""
    script = build(Script, value)
    for index, fault in enumerate(script.faults):
        _check(fault, f"faults[{index}]")
    rows = [
        ScriptedFault(network=fault.network, fault=plain(replace(fault, times=1)))
        for fault in script.faults
        for _ in range(fault.times)
    ]
    ScriptedFault.objects.bulk_create(rows)
    return ScriptedFault.objects.count()


def waiting() -> list[object]:
    """Return the faults that wait, the next one first."""
    return list(ScriptedFault.objects.order_by("id").values_list("fault", flat=True))


class FaultMiddleware:
    """Gives each request to a network the next fault of that network's script, if there is one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve a request, with a fault or without."""
        network, _, rest = request.path.lstrip("/").partition("/")
        # The sandbox's own buttons stand beside the networks and take no faults.
        fault = take(network) if network in OUTAGES and not rest.startswith("_sandbox/") else None
        if fault is None:
            return self.get_response(request)
        time.sleep(fault.delay_ms / 1000)
        if fault.reset:
            _note(fault, request, Answer(0, None, ""), "fault: connection reset")
            return _hang_up(request, reset=True)
        if fault.status is not None:
            return _refuse(fault, request, fault.status, version=rest.partition("/")[0])
        response = self.get_response(request)
        return _hang_up(request, reset=False) if fault.drop_after_commit else response


def take(network: str) -> Fault | None:
    """Take the next fault from a network's script; no two requests take the same one."""
    if not ScriptedFault.objects.filter(network=network).exists():
        return None
    with transaction.atomic():
        first = ScriptedFault.objects.filter(network=network).order_by("id").select_for_update(skip_locked=True).first()
        if first is None:
            return None
        first.delete()
    return build(Fault, first.fault)


def _check(fault: Fault, field: str) -> None:
    for name, holds, expected in (
        ("delay_ms", 0 <= fault.delay_ms <= LONGEST_DELAY_MS, f"must be 0 to {LONGEST_DELAY_MS}"),
        ("times", 1 <= fault.times <= MOST_TIMES, f"must be 1 to {MOST_TIMES}"),
        ("status", fault.status is None or 200 <= fault.status <= 599, "must be an HTTP status, 200 to 599"),
        ("retry_after", fault.retry_after is None or fault.retry_after >= 0, "must be seconds, 0 or more"),
    ):
        if not holds:
            raise BadStructure(f"{field}.{name}", expected)


def _refuse(fault: Fault, request: HttpRequest, status: int, *, version: str) -> HttpResponse:
    answer = OUTAGES[fault.network](status, version=version, retry_after=fault.retry_after)
    if fault.body is not None:
        answer = Answer(status, fault.body, answer.trace, answer.headers)
    _note(fault, request, answer, f"fault: answered {status}")
    response = respond(answer)
    if fault.html:
        response = HttpResponse(HTML.format(status=status), status=status, content_type="text/html; charset=UTF-8")
    if fault.retry_after is not None:
        response["Retry-After"] = str(fault.retry_after)
    return response


def _note(fault: Fault, request: HttpRequest, answer: Answer, reason: str) -> None:
    call = ledger.Call(
        network=fault.network,
        account="",
        path=request.path,
        answer=answer,
        reason=reason,
        extras={},
        received_at=current()[1],
        duration_ms=fault.delay_ms,
    )
    with ledger.writing():
        ledger.write(call, ())


def _hang_up(request: HttpRequest, *, reset: bool) -> HttpResponse:
    client = request.META.get("gunicorn.socket")
    if not isinstance(client, socket.socket):
        return HttpResponse(
            "This fault needs the sandbox to run under gunicorn.", status=501, content_type="text/plain"
        )
    if reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
    # The real socket closes here; the server goes on with an unconnected one, which it takes for a client that left.
    with socket.socket() as nobody:
        os.dup2(nobody.fileno(), client.fileno())
    return HttpResponse(status=503)
