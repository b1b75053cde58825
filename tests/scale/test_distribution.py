"""The schema can be spread over machines by workspace: deploy/citus/distribute.sql, but for Citus itself."""

import pytest
from django.apps import apps
from django.db import connection

from apps.conversions.models import Conversion
from apps.core.tenancy import TenantModel
from apps.pipeline import flow
from apps.records.models import Contact
from tests.support import factories
from tests.support.world import make_world
from tools.launcher.places import ROOT

pytestmark = pytest.mark.django_db
SCRIPT = (ROOT / "deploy" / "citus" / "distribute.sql").read_text()
REFERENCE = {"workspaces_user", "workspaces_workspace", "workspaces_member", "workspaces_apikey"}
SPREAD = {model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel)} - REFERENCE
# Stand in for Citus: they note what they are asked for, and in which order.
STAND_INS = """
    CREATE TEMP TABLE asked (place serial, kind text, name text, by text);
    CREATE FUNCTION create_reference_table(named text) RETURNS void LANGUAGE sql
        AS $$ INSERT INTO asked (kind, name) VALUES ('reference', named) $$;
    CREATE FUNCTION create_distributed_table(named text, by_column text) RETURNS void LANGUAGE sql
        AS $$ INSERT INTO asked (kind, name, by) VALUES ('distributed', named, by_column) $$;
"""


@pytest.fixture
def asked() -> list[tuple[str, str, str]]:
    """What the script asks of Citus; the test's transaction takes it all back."""
    with connection.cursor() as cursor:
        cursor.execute(STAND_INS)
        cursor.execute(SCRIPT)
        cursor.execute("SELECT kind, name, by FROM asked ORDER BY place")
        return cursor.fetchall()


def test_it_spreads_every_tenants_table_by_its_workspace(asked):
    assert {(name, by) for kind, name, by in asked if kind == "distributed"} == {
        (table, "workspace_id") for table in SPREAD
    }
    assert {name for kind, name, _ in asked if kind == "reference"} == REFERENCE
    assert len(asked) == len(SPREAD) + len(REFERENCE)


def test_it_spreads_what_others_refer_to_first(asked):
    place = {name: number for number, (_, name, _) in enumerate(asked)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype='f'"
        )
        references = [(one, other) for one, other in cursor.fetchall() if one in place and other in place]
    assert references
    assert [(one, other) for one, other in references if place[other] > place[one]] == []


def test_every_key_of_a_spread_table_then_starts_with_the_workspace(asked):
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT t.relname, i.relname FROM pg_index x
               JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
               JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
               WHERE x.indisunique AND t.relname = ANY(%s) AND a.attname <> 'workspace_id'""",
            [list(SPREAD)],
        )
        assert cursor.fetchall() == []


def test_every_spread_table_refers_only_to_its_own_workspace_or_to_a_table_that_is_everywhere(asked):
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT conrelid::regclass::text, confrelid::regclass::text, conname FROM pg_constraint f
               WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s) AND NOT EXISTS (
                   SELECT FROM pg_attribute a WHERE a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
                   AND a.attname = 'workspace_id')""",
            [list(SPREAD)],
        )
        assert [row for row in cursor.fetchall() if row[1] not in REFERENCE] == []


def test_before_it_no_unique_key_but_that_of_the_id_leaves_the_workspace_out():
    """So that nothing is unique across workspaces: that could not be kept on several machines."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT t.relname, i.relname FROM pg_index x
               JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
               JOIN pg_attribute w ON w.attrelid = t.oid AND w.attname = 'workspace_id'
               WHERE x.indisunique AND NOT x.indisprimary AND t.relname = ANY(%s) AND x.indkey[0] <> w.attnum""",
            [list(SPREAD)],
        )
        assert cursor.fetchall() == []


def test_the_story_runs_on_those_keys(asked):
    world = make_world()
    world.make_event("facebook")
    for name in ("Ann", "Anna"):  # the second brings the contact up to date
        factories.a_submission(world.form, email="ann@example.com", firstname=name)
        factories.a_contact(world.workspace, email="ann@example.com", firstname=name)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        assert sorted(Conversion.objects.values_list("state", flat=True)) == ["waiting"] * 2
        assert Contact.objects.get(email="ann@example.com").properties["firstname"] == "Anna"
