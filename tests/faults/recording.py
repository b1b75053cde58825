"""What a release promises to the one before and the one after it, and writing that down when a release goes out.

    ./run test tests/faults/recording.py

writes `recorded/release.json` (tasks with their arguments, tables with their columns) and `recorded/decisions.json`
(decisions as this release stores them). `test_versions.py` holds the code against both.
"""

import inspect
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.apps import apps
from django.core import serializers
from django.db import connection
from django.utils import timezone

from apps.conversions.judging import judge_batch
from apps.conversions.models import Conversion
from apps.conversions.rerunning import kept_of
from convsync.celery import app
from tests.support.history import random_events, random_history
from tests.support.world import make_world

RECORDED = Path(__file__).parent / "recorded"
RELEASE, DECISIONS = RECORDED / "release.json", RECORDED / "decisions.json"
MESSAGE = f"Record it when the release goes out: ./run test {Path(__file__).relative_to(Path(__file__).parents[2])}"
Columns = dict[str, dict[str, Any]]


def tasks_now() -> dict[str, list[str]]:
    """Each of our tasks with the names of its arguments; those that may be left out end with `=`."""
    app.loader.import_default_modules()
    return {
        name: [each.name + ("=" if each.default is not each.empty else "") for each in _arguments(task)]
        for name, task in sorted(app.tasks.items())
        if not name.startswith("celery.")
    }


def _arguments(task: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(task.run).parameters.values())


def columns_now() -> dict[str, Columns]:
    """Each table of a model with its columns: type, and whether a row may be written without it."""
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)})
    found: dict[str, Columns] = {table: {} for table in tables}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, udt_name, is_nullable = 'YES' OR column_default IS NOT NULL"
            " OR is_identity = 'YES' FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = ANY(%s) ORDER BY 1, 2",
            [tables],
        )
        for table, column, kind, may_miss in cursor.fetchall():
            found[table][column] = {"type": kind, "may_miss": may_miss}
    return found


@pytest.mark.django_db
def test_it_records_the_release() -> None:
    RELEASE.write_text(json.dumps({"tasks": tasks_now(), "tables": columns_now()}, indent=1, sort_keys=True) + "\n")


@pytest.mark.django_db
def test_it_records_decisions() -> None:
    world, now = make_world(), timezone.now()
    random_events(world, at=now - timedelta(days=100))
    random_history(world, signals=600, seed=7, now=now)
    with world.scope():
        while (batch := judge_batch(workspace_id=world.workspace.id, now=now)) and batch.signals:
            pass
        by_fate = {(row.network, row.reason): row for row in Conversion.objects.order_by("signal_id")}
        told = [
            {
                "told": each.told,
                "rows": serializers.serialize("python", [each.signal, each.event, each.version, each.conversion]),
            }
            for each in kept_of([by_fate[key] for key in sorted(by_fate)])
        ]
    DECISIONS.write_text("[\n" + ",\n".join(orjson.dumps(each, default=str).decode() for each in told) + "\n]\n")
