"""The one path of every call: read and judge, recognise duplicates, write the ledger, answer."""

import time
from collections.abc import Sequence

import orjson
from django.http import HttpRequest, HttpResponse

from apps.sandbox import ledger
from apps.sandbox.exchange import Answer, Entry, Exchange, Refused
from apps.sandbox.models import State
from apps.sandbox.world import current


def receive(kind: type[Exchange], http: HttpRequest, **target: str) -> HttpResponse:
    """Take one call through; `target` is what its path names. What it accepts is committed before the answer leaves."""
    started = time.monotonic()
    world, now = current()
    exchange = kind(http, world, now, **target)
    try:
        entries = exchange.judge()
    except Refused as refusal:
        with ledger.writing():
            _write(exchange, refusal.answer, refusal.entries, reason=refusal.reason, started=started)
        return respond(refusal.answer)
    with ledger.writing():
        if exchange.rehearsal:
            answer = exchange.answer(entries)
            entries = []
        else:
            ledger.lock(exchange.network, {entry.account for entry in entries})
            since = ledger.memory_start(now, exchange.memory)
            settle(entries, ledger.known(entries, since=since))
            answer = exchange.answer(entries)
        _write(exchange, answer, entries, reason="", started=started)
    return respond(answer)


def settle(entries: Sequence[Entry], known: set[str]) -> None:
    """Mark as duplicates the entries that came before, in the ledger (`known`) or earlier in the same call,
    and as refused those that need something to have come before."""
    seen = set(known)
    for entry in entries:
        if entry.state is not State.ACCEPTED:
            continue
        twin = next((meaning for mark, meaning in entry.fingerprints if mark in seen), None)
        if twin is not None:
            entry.state, entry.reason = State.DUPLICATE, twin
        elif entry.requires and entry.requires[0] not in seen:
            entry.state, entry.reason = State.REFUSED, entry.requires[1]
        else:
            seen.update(mark for mark, _ in entry.fingerprints)


def respond(answer: Answer) -> HttpResponse:
    """Return the answer as HTTP."""
    body = b"" if answer.body is None else orjson.dumps(answer.body)
    response = HttpResponse(body, status=answer.status, headers=dict(answer.headers))
    if answer.body is None:
        del response["Content-Type"]
    else:
        response.setdefault("Content-Type", "application/json; charset=UTF-8")
    return response


def _write(exchange: Exchange, answer: Answer, entries: Sequence[Entry], *, reason: str, started: float) -> None:
    ledger.write(
        ledger.Call(
            network=exchange.network,
            account=exchange.account,
            path=exchange.http.path,
            answer=answer,
            reason=reason,
            extras=exchange.extras,
            received_at=exchange.now,
            duration_ms=round((time.monotonic() - started) * 1000),
        ),
        entries,
    )
