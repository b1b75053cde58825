"""Tables cut by time: partitions come before they are needed, go when nothing is kept of them, isolate as tables do."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from psycopg2 import sql

from apps.core.partitions import Cut, drop_before, make_missing, missing, parts_of, strays
from apps.core.tenancy import every_workspace, workspace_scope
from tests.growth.conftest import Scratch

CUT = (
    Cut("deliveries_request"),
    Cut("deliveries_attempt"),
    Cut("signals_signal", months=3),
    Cut("conversions_conversion", months=3),
)
pytestmark = pytest.mark.django_db(transaction=True)


def _catalog(table: str) -> list[tuple[str, str]]:
    """A table's constraints and indexes by name, as PostgreSQL writes them down."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
                WHERE conrelid = to_regclass(%s) AND conparentid = 0 AND contype <> 'n'
               UNION SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s ORDER BY 1, 2""",
            [table, table],
        )
        return [(name, told.replace(" ON ONLY ", " ON ")) for name, told in cursor.fetchall()]


def test_it_counts_periods_from_january():
    at = datetime(2026, 11, 22, 15, tzinfo=UTC)
    quarters = Cut("t", months=3)
    assert [f"{start:%Y-%m}" for start in Cut("t").wanted(at)] == ["2026-11", "2026-12", "2027-01", "2027-02"]
    assert [f"{start:%Y-%m}" for start in quarters.wanted(at)] == ["2026-10", "2027-01"]
    assert quarters.name(quarters.start(at)) == "t_202610"


@pytest.mark.parametrize("cut", CUT, ids=lambda cut: cut.table)
def test_it_is_installed_with_three_months_ahead(cut: Cut):
    now = datetime.now(tz=UTC)
    assert missing(cut, now=now) == []
    assert parts_of(cut)[-1].end > now + timedelta(days=90)
    assert missing(cut, now=now + timedelta(days=150)) != [], "and says what will be missing later"


def test_it_cuts_a_table_that_has_rows_and_loses_none(scratch: Scratch, long_ago: datetime):
    old, new = scratch.put(scratch.one, long_ago, "old"), scratch.put(scratch.two, datetime.now(tz=UTC), "new")
    before = _catalog("scratch")
    scratch.forwards()
    assert scratch.where(old) == scratch.where(new) == "scratch_before", "no row was moved"
    assert _catalog("scratch") == before
    assert scratch.do("SELECT has_table_privilege('pg_monitor', 'scratch', 'SELECT')") == [(True,)]
    with pytest.raises(IntegrityError):
        scratch.put(scratch.one, long_ago, "old")
    with pytest.raises(IntegrityError, match="scratch_note"):
        scratch.put(scratch.one, datetime.now(tz=UTC) + timedelta(days=40), "never")


def test_it_cuts_a_table_again_without_harm(scratch: Scratch, long_ago: datetime):
    scratch.put(scratch.one, long_ago)
    scratch.forwards()
    parts = parts_of(scratch.cut)
    scratch.forwards()
    assert parts_of(scratch.cut) == parts
    assert scratch.do("SELECT count(*) FROM scratch") == [(1,)]


def test_fault_50_it_goes_back_with_the_rows_of_all_partitions(scratch: Scratch, long_ago: datetime):
    now = datetime.now(tz=UTC)
    before = _catalog("scratch")
    scratch.put(scratch.one, long_ago)
    scratch.forwards()
    for at in (now, now + timedelta(days=40), now + timedelta(days=4000)):
        scratch.put(scratch.two, at)
    scratch.backwards()
    assert scratch.do("SELECT count(*) FROM scratch") == [(4,)]
    assert _catalog("scratch") == before
    assert parts_of(scratch.cut) == []


def test_it_puts_an_import_of_years_ago_where_old_rows_are(scratch: Scratch):
    scratch.forwards()
    assert scratch.where(scratch.put(scratch.one, datetime(2019, 3, 1, tzinfo=UTC))) == "scratch_before"


def test_it_catches_what_belongs_to_no_period_and_moves_it_when_there_is_one(scratch: Scratch):
    scratch.forwards()
    later = datetime.now(tz=UTC) + timedelta(days=150)
    number, other = scratch.put(scratch.one, later), scratch.put(scratch.two, later)
    assert scratch.where(number) == "scratch_default"
    with every_workspace():
        assert strays(scratch.cut)
    made = make_missing(scratch.cut, now=later)
    assert scratch.where(number) == scratch.where(other) == scratch.cut.name(scratch.cut.start(later))
    assert scratch.where(number) in made
    with every_workspace():
        assert not strays(scratch.cut)


def test_it_drops_what_ended_and_keeps_what_did_not(scratch: Scratch, long_ago: datetime):
    with time_machine.travel(long_ago, tick=True):
        scratch.forwards()
    scratch.put(scratch.one, long_ago)
    kept = scratch.put(scratch.one, long_ago + timedelta(days=33))
    first, second = parts_of(scratch.cut)[:2]
    assert drop_before([scratch.cut], moment=first.end) == [first.name]
    assert scratch.do("SELECT count(*) FROM scratch") == [(1,)]
    assert scratch.where(kept) == second.name
    assert first.name not in [part.name for part in parts_of(scratch.cut)]


def test_it_goes_on_with_a_partition_that_was_detached_and_not_dropped(scratch: Scratch, long_ago: datetime):
    with time_machine.travel(long_ago, tick=True):
        scratch.forwards()
    first = parts_of(scratch.cut)[0]
    scratch.do("SELECT convsync_partition_detach('scratch', %s)", first.name)
    assert [part.name for part in parts_of(scratch.cut) if not part.attached] == [first.name]
    assert drop_before([scratch.cut], moment=first.end) == [first.name]


def test_it_refuses_to_drop_what_is_recent_or_no_partition(scratch: Scratch):
    scratch.forwards()
    recent = parts_of(scratch.cut)[0].name
    for part, why in ((recent, "30 days"), ("scratch_before", "not a partition"), ("workspaces_user", "not a partit")):
        with pytest.raises(DatabaseError, match=why):
            scratch.do("SELECT convsync_partition_detach('scratch', %s)", part)
        with pytest.raises(DatabaseError, match="not a detached partition"):
            scratch.do("SELECT convsync_partition_drop('scratch', %s)", part)


def test_it_isolates_workspaces_in_every_partition_addressed_directly(scratch: Scratch, long_ago: datetime):
    now = datetime.now(tz=UTC)
    scratch.put(scratch.two, long_ago)
    scratch.forwards()
    for at in (now + timedelta(days=40), now + timedelta(days=4000)):
        scratch.put(scratch.two, at)
    tables = ["scratch", "scratch_before", "scratch_default", *(part.name for part in parts_of(scratch.cut))]
    for table in tables:
        count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        with workspace_scope(scratch.one), connection.cursor() as cursor:
            cursor.execute(count)
            assert cursor.fetchone() == (0,), table
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(count)
            assert cursor.fetchone() == (0,), f"{table} without a scope"


def test_it_refuses_to_write_another_workspaces_row_into_a_partition(scratch: Scratch):
    scratch.forwards()
    insert = sql.SQL("INSERT INTO {} (workspace_id, id, note) SELECT %s, gen_random_uuid(), ''")
    into = insert.format(sql.Identifier(parts_of(scratch.cut)[1].name))
    with workspace_scope(scratch.one), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="row-level security"):
            cursor.execute(into, [scratch.two])
        connection.set_rollback(True)


def test_it_gives_up_its_lock_after_a_second_and_lets_others_pass(scratch: Scratch, long_ago: datetime):
    with time_machine.travel(long_ago, tick=True):
        scratch.forwards()
    first = parts_of(scratch.cut)[0]
    reader = connection.copy()
    try:
        with reader.cursor() as cursor:
            cursor.execute("BEGIN; SELECT count(*) FROM scratch")
        with pytest.raises(OperationalError, match="lock timeout"):
            scratch.do("SELECT convsync_partition_detach('scratch', %s)", first.name)
        with reader.cursor() as cursor:
            cursor.execute("COMMIT")
    finally:
        reader.close()
    assert drop_before([scratch.cut], moment=first.end) == [first.name]


def test_it_lets_the_owner_alone_make_and_drop():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, has_function_privilege('pg_monitor', oid, 'EXECUTE'), prosecdef FROM pg_proc"
            " WHERE proname IN ('convsync_partition_make', 'convsync_partition_detach', 'convsync_partition_drop')"
        )
        told = cursor.fetchall()
    assert len(told) == 3
    assert {(allowed, definer) for _, allowed, definer in told} == {(False, True)}
