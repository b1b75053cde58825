"""Fixtures for every test: the sandbox as a process of its own, and the browser."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
import requests
from django.core.cache import cache
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import HealthCheck, settings
from psycopg2 import sql

from apps.core import shared
from tests.sandbox.callers import Control
from tools.launcher.foreground import python, tail
from tools.launcher.processes import MIGRATE, SANDBOX

READY_WITHIN = 30.0

# How fast a busy machine thinks of examples says nothing about the product.
settings.register_profile("convsync", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("convsync")


# Truncating all tables takes PostgreSQL longer than most tests do, and a test fills a few of them with a few rows. The
# audit log's cannot be deleted, only truncated.
_EMPTY = """
    DO $$
    DECLARE
        name text;
        filled boolean;
    BEGIN
        PERFORM set_config('convsync.workspace', 'every', true);
        FOREACH name IN ARRAY ARRAY[{names}] LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
            IF filled AND name = 'audit_entry' THEN
                TRUNCATE audit_entry;
            ELSIF filled THEN
                EXECUTE format('DELETE FROM %I', name);
            END IF;
        END LOOP;
    END $$
"""


_OF_DJANGO = {"django_content_type", "auth_permission"}  # written by migrating, and the same for every test


@pytest.fixture(scope="session", autouse=True)
def _emptied_by_rows() -> Iterator[None]:
    """After a test that commits, empty only the tables that hold something."""

    def statements(self: Any, style: Any, tables: Sequence[str], **_: bool) -> list[str]:
        return [_EMPTY.format(names=", ".join(f"'{name}'" for name in tables if name not in _OF_DJANGO))]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", statements)
        patch.setattr("django.core.management.commands.flush.emit_post_migrate_signal", lambda *_, **__: None)
        yield


@pytest.fixture(autouse=True)
def _networks_up() -> None:
    """What one test let fail is no news to the next: everybody's circuit breakers are closed."""
    keys = list(shared.client().scan_iter("circuit:*"))
    if keys:
        shared.client().delete(*keys)


@pytest.fixture(autouse=True)
def _nobody_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker answers the bells that a test rings, so that they would stand in line for ever."""
    monkeypatch.setattr("apps.pipeline.doorbell.others_wait", lambda: False)


@dataclass(frozen=True)
class Sandbox:
    """The stand-in for the ad networks, seen from outside."""

    url: str

    def reset(self) -> None:
        """Forget everything received, the faults that wait and the moved clock; the world stays."""
        requests.post(f"{self.url}/_sandbox/reset", timeout=10).raise_for_status()

    def ledger(self, network: str | None = None) -> Any:
        """Return what the sandbox accepted and refused, of one network or of all."""
        wanted = {"network": network} if network else {}
        answer = requests.get(f"{self.url}/_sandbox/ledger", params=wanted, timeout=10)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture(scope="session")
def sandbox_database() -> Iterator[str]:
    """An empty database for the sandbox beside the one it is given; its url."""
    given = urlsplit(os.environ["SANDBOX_DATABASE_URL"])
    name = f"test_{given.path.lstrip('/')}"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with closing(psycopg2.connect(given.geturl(), dbname="postgres")) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(drop)
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield given._replace(path=f"/{name}").geturl()
        cursor.execute(drop)


@pytest.fixture(scope="session")
def sandbox(sandbox_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox, started at CONVSYNC_SANDBOX_URL for the whole session; a test that counts calls `reset` first."""
    url = os.environ["CONVSYNC_SANDBOX_URL"]
    variables = {**os.environ, "SANDBOX_DATABASE_URL": sandbox_database, "DJANGO_SETTINGS_MODULE": SANDBOX.settings}
    subprocess.run(python(*MIGRATE.split()[1:], "--verbosity", "0"), env=variables, check=True)
    at = urlsplit(url)
    log = tmp_path_factory.mktemp("sandbox") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            SANDBOX.words(host=at.hostname, port=at.port), env=variables, stdout=output, stderr=output
        )
    try:
        _wait_until_ready(url, process, log)
        yield Sandbox(url)
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[Control]:
    """The sandbox's own API: its default world before and after, nothing received yet, and nothing stands still."""
    control = Control(sandbox.url)
    control.restore()
    cache.clear()
    yield control
    control.restore()
    cache.clear()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Playwright's own arguments with the Chromium that `./run test` found; without one the test fails, never skips."""
    browser = os.environ.get("CHROMIUM")
    if not browser:
        pytest.fail(
            "There is no Chromium for the browser tests. `./run test` finds or fetches one and says what is missing."
        )
    return {**browser_type_launch_args, "executable_path": browser}


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"{url}{SANDBOX.health}", timeout=2).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.05)
    pytest.fail(f"The sandbox did not start:\n{tail(log)}")
