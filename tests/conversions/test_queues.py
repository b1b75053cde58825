"""Whose turn it is and when the next is due: the same however much waits."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.conversions import queues
from apps.conversions.queues import Turn, next_due, next_turn
from apps.domain.states import Priority
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db

_ROWS = """
    INSERT INTO conversions_conversion (workspace_id, signal_id, event_id, version_id, account_id, contact_id, network,
           state, reason, trace, asked, currency, network_event_id, occurred_at, judged_at, route, payload, tries,
           priority, due_at, expires_at)
    SELECT %(workspace)s, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), %(account)s, number, 'facebook',
           'waiting', '', '[]', '', '', '', now(), now(), %(route)s, '', 0, %(priority)s, %(due)s::timestamptz,
           %(expires)s::timestamptz + number * interval '1 second'
      FROM generate_series(1, %(count)s) AS number
"""


@pytest.fixture
def world() -> World:
    """A workspace in which nothing waits."""
    return make_world()


def owe(
    world: World,
    count: int,
    route: str,
    *,
    due: datetime,
    expires: datetime | None = None,
    priority: Priority = Priority.LIVE,
    account: UUID | None = None,
) -> None:
    """Conversions that wait; their signals do not exist, so that the test has to be rolled back."""
    told: dict[str, Any] = {
        "workspace": world.workspace.id,
        "account": account or world.facebook.id,
        "count": count,
        "route": route,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, {**told, "due": due, "expires": expires, "priority": priority})


def blocks(world: World, now: datetime) -> int:
    """Buffers that finding the turn touches."""
    told: dict[str, Any] = {"workspace": world.workspace.id, "account": world.facebook.id, "now": now}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE conversions_conversion")
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {queues._NEXT}", told)
        (found,) = cursor.fetchone()
    plan = (orjson.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


def test_it_goes_by_the_earliest_deadline_over_all_routes_and_what_is_live_first(world: World) -> None:
    now = timezone.now()
    with world.scope():
        owe(world, 3, "a", due=now, expires=now + timedelta(days=3))
        owe(world, 3, "b", due=now, expires=now + timedelta(days=2))
        owe(world, 3, "c", due=now)
        owe(world, 3, "d", due=now, expires=now + timedelta(hours=1), priority=Priority.RESEND)
        owe(world, 3, "e", due=now + timedelta(hours=1), expires=now + timedelta(hours=2))
        owe(world, 3, "f", due=now, expires=now + timedelta(hours=1), account=world.linkedin.id)
        turn = next_turn(account_id=world.facebook.id, now=now)
        transaction.set_rollback(True)
    first = now + timedelta(days=2, seconds=1)
    assert turn == Turn("b", Priority.LIVE, first)


def test_it_is_due_when_the_first_that_waits_is_or_never(world: World) -> None:
    now = timezone.now()
    with world.scope():
        assert next_due(account_id=world.facebook.id) is None
        owe(world, 2, "a", due=now + timedelta(hours=2))
        owe(world, 2, "b", due=now + timedelta(hours=1))
        assert next_due(account_id=world.facebook.id) == now + timedelta(hours=1)
        transaction.set_rollback(True)


def test_finding_the_turn_touches_as_much_with_fifty_thousand_waiting_as_with_a_hundred(world: World) -> None:
    now = timezone.now()
    with world.scope():
        for route in "abcd":
            owe(world, 25, route, due=now, expires=now + timedelta(days=3))
        few = blocks(world, now)
        for route in "abcd":
            owe(world, 12_500, route, due=now, expires=now + timedelta(days=3))
        many = blocks(world, now)
        transaction.set_rollback(True)
    assert many <= few * 3 + 20
