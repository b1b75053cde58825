"""Invariant 7: a tenant cannot be forgotten, and PostgreSQL refuses what Python would let through."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from apps.core.errors import UnscopedQuery
from apps.core.tenancy import TenantModel, every_workspace, workspace_scope
from apps.records.models import Contact
from apps.signals.models import Signal
from tests.support import factories

pytestmark = pytest.mark.django_db(transaction=True)
TENANT_MODELS = [model for model in apps.get_models() if issubclass(model, TenantModel)]


@pytest.fixture
def two():
    """Two workspaces with a contact each."""
    workspaces = factories.a_workspace("One"), factories.a_workspace("Two")
    return [(workspace, factories.a_contact(workspace)) for workspace in workspaces]


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
def test_an_unscoped_query_raises(model):
    with pytest.raises(UnscopedQuery):
        model.objects.count()


def test_a_scope_shows_its_own_rows_only(two):
    for workspace, contact_id in two:
        with workspace_scope(workspace.id):
            assert list(Contact.objects.values_list("id", flat=True)) == [contact_id]


def test_the_database_hides_other_tenants_even_from_raw_sql(two):
    with workspace_scope(two[0][0].id), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM records_contact")
        assert cursor.fetchall() == [(two[0][1],)]


def test_the_database_shows_nothing_without_a_scope(two):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM records_contact")
        assert cursor.fetchone() == (0,)


def test_the_database_refuses_to_write_for_another_tenant(two):
    now = timezone.now()
    with pytest.raises(ProgrammingError, match="row-level security"), workspace_scope(two[0][0].id):
        Contact.objects.bulk_create([Contact(workspace_id=two[1][0].id, created_at=now, updated_at=now)])


def test_a_reference_into_another_tenant_is_impossible(two):
    now = timezone.now()
    with pytest.raises(IntegrityError), workspace_scope(two[0][0].id):
        Signal.objects.create(
            workspace_id=two[0][0].id,
            id=uuid4(),
            kind="stage_change",
            name="customer",
            contact_id=two[1][1],
            occurred_at=now,
            recorded_at=now,
        )


def test_one_scope_cannot_be_opened_inside_another(two):
    with workspace_scope(two[0][0].id), pytest.raises(UnscopedQuery), workspace_scope(two[1][0].id):
        pass


def test_looking_for_work_sees_all_and_can_step_into_one(two):
    with every_workspace():
        assert Contact.objects.count() == 2
        with workspace_scope(two[0][0].id):
            assert Contact.objects.count() == 1
        assert Contact.objects.count() == 2


def test_only_what_need_not_last_does_not_wait_for_the_disk():
    def waits() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            return str(cursor.fetchone()[0])

    workspace = factories.a_workspace()
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # the tests' server waits for no disk
    with workspace_scope(workspace.id, lasting=False):
        assert waits() == "off"
    with workspace_scope(workspace.id):
        assert waits() == "on"
        with workspace_scope(workspace.id, lasting=False):
            assert waits() == "on"
    with every_workspace(), workspace_scope(workspace.id, lasting=False):
        assert waits() == "on"
    assert waits() == "on"
    connection.close()


def test_every_tenant_table_is_under_forced_row_level_security():
    tables = {model._meta.db_table for model in TENANT_MODELS}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
               WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"""
        )
        holding = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        forced = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT tablename FROM pg_policies")
        governed = {row[0] for row in cursor.fetchall()}
    assert holding >= tables
    assert holding - forced == set()
    assert holding - governed == set()


def test_foreign_keys_between_tenant_tables_carry_the_workspace():
    tables = {model._meta.db_table for model in TENANT_MODELS}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT conrelid::regclass::text, confrelid::regclass::text, array_length(conkey, 1)
               FROM pg_constraint WHERE contype = 'f'"""
        )
        plain = [(one, other) for one, other, width in cursor.fetchall() if {one, other} <= tables and width == 1]
    assert plain == []


def test_the_application_is_no_superuser_and_cannot_step_around_the_policies():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)


def test_audit_entries_are_final():
    workspace = factories.a_workspace()
    factories.a_member(workspace)
    with pytest.raises(Exception, match="never changed or deleted"), workspace_scope(workspace.id):
        apps.get_model("audit", "Entry").objects.update(action="nothing")
