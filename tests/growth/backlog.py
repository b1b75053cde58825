"""A workspace with many conversions that wait, written by PostgreSQL itself, and what questions to it cost.

The cost of a question is what PostgreSQL says that it touched: blocks of tables and indexes, and rows that it sorted or
went through one by one. Time is not looked at, because a busy machine says nothing about a plan.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.ids import new_id
from tests.support.world import World, make_world

_SETTING = re.compile(r"\s*(?P<setting>SET LOCAL [^;]+;)?(?P<asked>.*)", re.DOTALL)
OF_A_CONTACT = 10  # signals
WAITING = 0.8  # of all conversions; the others were sent, a thousand in a request
_FILL = """
    INSERT INTO records_contact (workspace_id, properties, lifecycle_stage, created_at, updated_at, email)
    SELECT %(workspace)s, '{"marketing_consent": "yes"}', '', now(), now(), 'person' || n || '@%(mark)s.example'
      FROM generate_series(1, %(contacts)s) AS n;

    CREATE TEMPORARY TABLE told AS
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
            || '8' || substr(md5(n::text), 4, 15))::uuid AS id,
           at, n, first.id + n %% %(contacts)s AS contact_id
      FROM generate_series(0, %(rows)s - 1) AS n,
           LATERAL (SELECT now() - n * interval '60 days' / %(rows)s AS at) AS moment,
           (SELECT min(id) AS id FROM records_contact WHERE workspace_id = %(workspace)s) AS first;

    INSERT INTO signals_signal
           (workspace_id, id, kind, name, contact_id, facts, repeat_key, occurred_at, recorded_at)
    SELECT %(workspace)s, id, 'stage_change', 'customer', contact_id, '{}', '', at, at FROM told;

    INSERT INTO conversions_conversion
           (workspace_id, signal_id, event_id, version_id, account_id, contact_id, network, state, reason, trace, asked,
            value, currency, network_event_id, occurred_at, judged_at, route, payload, tries, priority, due_at,
            expires_at, request_id, settled_at)
    SELECT %(workspace)s, id, %(event)s, %(version)s, %(account)s, contact_id, 'facebook',
           CASE WHEN waits THEN 'waiting' ELSE 'sent' END, '', '[]', '{}', 25, 'EUR', 'c' || n, at, at, %(route)s,
           '{"event_name":"Lead"}', 0, 0, CASE WHEN waits THEN at + %(due)s::interval END,
           now() + interval '3 days' + n * interval '80 days' / %(rows)s,
           CASE WHEN NOT waits THEN overlay(id::text placing lpad((n / 5000)::text, 12, '0') from 25)::uuid END,
           CASE WHEN NOT waits THEN at END
      FROM told, LATERAL (SELECT n %% 100 < 100 * %(waiting)s AS waits) AS state;
    DROP TABLE told;
"""


@dataclass(frozen=True)
class Backlog:
    """A world whose first event has so many conversions at its Facebook account."""

    world: World
    event_id: UUID
    contact_id: int
    rows: int
    request_id: UUID | None = None

    @property
    def account_id(self) -> UUID:
        """The account at which all of them wait."""
        return self.world.facebook.id


def make_backlog(rows: int, *, due: str = "0 seconds", analysed: bool = True) -> Backlog:
    """A world with so many; what waits is due so long after it happened. Every table is analysed, or not yet."""
    world = make_world(f"Backlog of {rows}")
    event = world.make_event("facebook", "stage_change")
    values = {
        "workspace": str(world.workspace.id),
        "contacts": max(rows // OF_A_CONTACT, 1),
        "mark": new_id().hex,
        "rows": rows,
        "event": str(event.id),
        "version": str(event.version_id),
        "account": str(world.facebook.id),
        "route": "900100100100101",
        "due": due,
        "waiting": WAITING,
    }
    text = _FILL.replace("'@%(mark)s.example'", "'@' || %(mark)s || '.example'")
    with world.scope(), connection.cursor() as cursor:
        cursor.execute(text, values)
        cursor.execute("SELECT min(id) FROM records_contact WHERE workspace_id = %s", [world.workspace.id])
        (contact_id,) = cursor.fetchone()
    if analysed:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE conversions_conversion; ANALYZE signals_signal; ANALYZE records_contact")
    return Backlog(world, event.id, contact_id, rows)


@dataclass(frozen=True)
class Cost:
    """What a question touched: blocks, the tables read from end to end, and the most rows that one step sorted."""

    blocks: int
    read_whole: frozenset[str]
    sorted_rows: int
    plans: str


def cost_of(ask: Callable[[], object]) -> Cost:
    """Ask, take it back, and have every statement explained by doing it once more, which is taken back too."""
    with transaction.atomic(), CaptureQueriesContext(connection) as seen:
        ask()
        transaction.set_rollback(True)
    parts = [_SETTING.fullmatch(each["sql"]) for each in seen.captured_queries]
    statements = [part.groups() for part in parts if part and _of_rows(part["asked"])]
    blocks, read_whole, most, plans = 0, set(), 0, []
    for setting, statement in statements:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(setting or "SELECT 1")
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON, TIMING OFF) " + statement.replace("%", "%%"), ())
            (told,) = cursor.fetchone()
            transaction.set_rollback(True)
        (plan,) = told if isinstance(told, list) else json.loads(told)
        top = plan["Plan"]
        blocks += top.get("Shared Hit Blocks", 0) + top.get("Shared Read Blocks", 0)
        plans.append(json.dumps(plan)[:20_000])
        for node in _nodes(top):
            if node["Node Type"] == "Seq Scan" and node.get("Actual Loops") and _rows_through(node) > 1000:
                read_whole.add(node["Relation Name"])
            if node["Node Type"] in ("Sort", "Incremental Sort"):
                most = max(most, max((int(each["Actual Rows"]) for each in node["Plans"]), default=0))
    return Cost(blocks, frozenset(read_whole), most, "\n".join(plans))


def _of_rows(statement: str) -> bool:
    return statement.lstrip(" \n(").split(" ", 1)[0].strip().upper() in ("SELECT", "UPDATE", "INSERT", "DELETE", "WITH")


def _rows_through(node: Mapping[str, Any]) -> int:
    return int(node["Actual Rows"]) + int(node.get("Rows Removed by Filter", 0))


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for each in node.get("Plans", ()):
        yield from _nodes(each)
