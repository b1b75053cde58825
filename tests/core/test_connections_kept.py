"""A worker's thread keeps its connection to the database from one task to the next."""

from contextlib import closing

import psycopg2
import pytest
from django.db import connection

from convsync.celery import app, refresh_connections

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    """A new connection, kept as long as outside of tests."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 600)
    connection.close()
    yield
    connection.close()


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_it_keeps_the_connection_from_one_task_to_the_next():
    first = backend()
    refresh_connections()
    assert backend() == first


def test_it_leaves_closing_after_every_task_to_nobody():
    assert app.conf.get("CELERY_DB_REUSE_MAX") > 10**9


def test_it_connects_anew_where_the_database_hung_up():
    first = backend()
    options = connection.get_connection_params()
    dsn = {name: options[name] for name in ("host", "port", "user", "password") if name in options}
    with closing(psycopg2.connect(dbname=options["dbname"], **dsn)) as other:
        other.cursor().execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    refresh_connections()
    assert backend() != first
