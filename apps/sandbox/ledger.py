"""The ledger's writing side: what arrived and what became of it, in bulk."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from django.db import connection, transaction

from apps.sandbox.exchange import Answer, Entry
from apps.sandbox.models import Request, State

# Advisory locks, kept apart by fixed numbers: one per account, and one between writers and `empty`.
ACCOUNTS = 0x5A4D
WRITERS = (0x5A4E, 0)

FIND_SEEN = "SELECT fingerprint FROM sandbox_seen WHERE fingerprint = ANY(%s) AND first_at > %s"
INSERT_SEEN = """
    INSERT INTO sandbox_seen (fingerprint, first_at) SELECT DISTINCT unnest(%s::text[]), %s::timestamptz
    ON CONFLICT (fingerprint) DO UPDATE SET first_at = excluded.first_at
"""
INSERT_RECEIVED = """
    INSERT INTO sandbox_received (request_id, position, network, account, key, name, state, reason, received_at, body)
    SELECT %s, item.position - 1, %s, account, key, name, state, reason, %s, body
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
        WITH ORDINALITY AS item (account, key, name, state, reason, body, position)
"""
ADD_TALLY = """
    INSERT INTO sandbox_tally (network, account, requests, accepted, refused, duplicates)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (network, account) DO UPDATE SET
        requests = sandbox_tally.requests + excluded.requests,
        accepted = sandbox_tally.accepted + excluded.accepted,
        refused = sandbox_tally.refused + excluded.refused,
        duplicates = sandbox_tally.duplicates + excluded.duplicates
"""
TALLY_COLUMN = {State.ACCEPTED: 1, State.REFUSED: 2, State.DUPLICATE: 3}
EMPTY = "TRUNCATE sandbox_received, sandbox_request, sandbox_seen, sandbox_tally, sandbox_scriptedfault"


@dataclass(frozen=True)
class Call:
    """One HTTP call, as the ledger keeps it; `reason` says why all of it was refused, or is empty."""

    network: str
    account: str
    path: str
    answer: Answer
    reason: str
    extras: dict[str, object]
    received_at: datetime
    duration_ms: int


@contextmanager
def writing() -> Iterator[None]:
    """Open the transaction in which one call is written; the ledger is not emptied underneath it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", WRITERS)
        yield


def lock(network: str, accounts: Iterable[str]) -> None:
    """Let one call at a time decide what is a duplicate at an account; held until the transaction ends."""
    with connection.cursor() as cursor:
        for account in sorted(accounts):
            number = zlib.crc32(f"{network} {account}".encode()) - 2**31
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ACCOUNTS, number])


def known(entries: Sequence[Entry], *, since: datetime) -> set[str]:
    """Return those of the entries' fingerprints that were first seen after `since`."""
    wanted = [mark for entry in entries for mark, _ in entry.fingerprints]
    wanted += [entry.requires[0] for entry in entries if entry.requires]
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(FIND_SEEN, [wanted, since])
        return {row[0] for row in cursor.fetchall()}


def write(call: Call, entries: Sequence[Entry]) -> None:
    """Keep one call and its conversions: a fixed number of statements, however many there are."""
    request = Request.objects.create(
        network=call.network,
        account=_text(call.account),
        path=_text(call.path),
        status=call.answer.status,
        reason=_text(call.reason),
        trace=call.answer.trace,
        extras=_json(call.extras),
        answer="" if call.answer.body is None else _json(call.answer.body),
        conversions=len(entries),
        duration_ms=call.duration_ms,
        received_at=call.received_at,
    )
    with connection.cursor() as cursor:
        if entries:
            cursor.execute(INSERT_RECEIVED, [request.pk, call.network, call.received_at, *_columns(entries)])
        marks = [mark for item in entries if item.state is State.ACCEPTED for mark, _ in item.fingerprints]
        if marks:
            cursor.execute(INSERT_SEEN, [marks, call.received_at])
        for row in _tallies(call, entries):
            cursor.execute(ADD_TALLY, row)


def empty() -> None:
    """Forget everything received, every fault that waits and how far the clock was moved; the world stays."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", WRITERS)
        cursor.execute(EMPTY)
        cursor.execute("UPDATE sandbox_desk SET offset_seconds = 0")


def memory_start(now: datetime, memory: timedelta | None) -> datetime:
    """Return the time before which a network remembers nothing; None is a memory without end."""
    return datetime.min.replace(tzinfo=now.tzinfo) if memory is None else now - memory


def _columns(entries: Sequence[Entry]) -> list[list[str]]:
    rows = (
        (_text(e.account), _text(e.key), _text(e.name), e.state.value, _text(e.reason), _json(e.body)) for e in entries
    )
    return [list(column) for column in zip(*rows, strict=True)]


def _tallies(call: Call, entries: Sequence[Entry]) -> list[list[str | int]]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    sums[_text(call.account)][0] = 1
    for entry in entries:
        sums[_text(entry.account)][TALLY_COLUMN[entry.state]] += 1
    # One order for everybody, so that two calls never wait for each other in a circle.
    return [[call.network, account, *counts] for account, counts in sorted(sums.items())]


def _text(value: str) -> str:
    # PostgreSQL's text cannot hold NUL; a body keeps it, because there it is an escape.
    return value.replace("\x00", "\ufffd")


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
