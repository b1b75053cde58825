"""Faults 48 and 50: migrations while everything is in use, and back again."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.state import ModelState, ProjectState
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.core.indexing import AddIndexInParts
from apps.core.partitions import parts_of
from apps.pipeline import flow
from apps.pipeline.conservation import balance_of
from apps.signals.models import Signal
from tests.growth.conftest import Scratch, long_ago, scratch
from tests.growth.load import load_on_scratch, transaction_open
from tests.support import factories
from tests.support.world import World, make_world

__all__ = ["long_ago", "scratch"]  # the fixtures

INDEX = models.Index(fields=["note", "id"], condition=~models.Q(note="never"), name="scratch_noted")
ROWS = 100_000


@pytest.fixture
def many(scratch: Scratch) -> Scratch:
    """The table with many rows."""
    scratch.do(
        "INSERT INTO scratch (workspace_id, id, note)"
        " SELECT %s, overlay(gen_random_uuid()::text placing '019a' from 1 for 4)::uuid, 'n' || n"
        " FROM generate_series(1, %s) AS n",
        scratch.two,
        ROWS,
    )
    return scratch


@pytest.fixture
def slow(settings: Any) -> None:
    """A migration that wants the whole table, in the place of core's."""
    settings.MIGRATION_MODULES = {"core": "tests.growth.slow"}


def _index(scratch: Scratch, direction: str) -> None:
    before = ProjectState()
    fields = [("workspace_id", models.UUIDField()), ("id", models.UUIDField(primary_key=True))]
    before.add_model(
        ModelState("core", "Scratch", [*fields, ("note", models.CharField(max_length=40))], {"db_table": "scratch"})
    )
    operation, after = AddIndexInParts("scratch", INDEX), before.clone()
    operation.state_forwards("core", after)
    with connection.schema_editor(atomic=False) as editor:
        getattr(operation, f"database_{direction}")("core", editor, before, after)


def _valid(name: str) -> list[tuple[bool]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name])
        return list(cursor.fetchall())


@pytest.mark.fault(48)
def test_f48_it_cuts_a_large_table_under_load(many: Scratch):
    with load_on_scratch(many.one) as load, transaction_open(seconds=2.5):
        many.forwards()
    assert load.failures == []
    assert load.turns > 20


@pytest.mark.fault(48)
def test_f48_it_adds_an_index_to_a_cut_table_under_load(many: Scratch):
    many.forwards()
    with load_on_scratch(many.one) as load, transaction_open(seconds=2.5):
        _index(many, "forwards")
    assert load.failures == []
    assert _valid("scratch_noted") == [(True,)]
    part = parts_of(many.cut)[0].name
    assert _valid(f"{part.removeprefix('scratch_')}_scratch_noted") == [(True,)]
    _index(many, "forwards")
    _index(many, "backwards")
    assert _valid("scratch_noted") == []


@pytest.mark.fault(48)
def test_f48_it_migrates_as_soon_as_it_can_have_its_lock_and_lets_others_pass(many: Scratch, slow: None):
    with load_on_scratch(many.one) as load, transaction_open(seconds=2.5):
        call_command("migrate", "core", verbosity=0)
    assert load.failures == []
    assert many.do("SELECT count(added) FROM scratch") == [(0,)]
    call_command("migrate", "core", "0001", verbosity=0)
    assert many.do("SHOW lock_timeout") == [("0",)], "what comes after the migrations waits as ever"


def _rows(world: World) -> dict[str, list[object]]:
    with world.scope():
        return {
            "signals": list(Signal.objects.order_by("id").values()),
            "conversions": list(Conversion.objects.order_by("signal_id", "event_id").values()),
        }


def _happens(world: World) -> None:
    for days in (0, 2, 200):
        factories.a_submission(world.form, at=timezone.now() - timedelta(days=days))
    flow.judge(workspace_id=world.workspace.id)


@pytest.mark.fault(50)
@pytest.mark.django_db(transaction=True)
def test_f50_it_goes_back_a_release_and_forth_again_with_every_row_and_judges_in_between():
    world = make_world()
    world.make_event("facebook", at=timezone.now() - timedelta(days=300))
    _happens(world)
    before = _rows(world)
    assert len(before["conversions"]) >= 3
    try:
        call_command("migrate", "conversions", "0010", verbosity=0)
        call_command("migrate", "signals", "0004", verbosity=0)
        assert _rows(world) == before
        _happens(world)
        meanwhile = _rows(world)
    finally:
        call_command("migrate", verbosity=0)
    assert _rows(world) == meanwhile
    _happens(world)
    with world.scope():
        assert len(_rows(world)["conversions"]) == 3 * len(before["conversions"])
    balance = balance_of(world.workspace)
    assert not balance.differences
