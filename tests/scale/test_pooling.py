"""A transaction pooler before PostgreSQL: no tenant sees another's rows, and nothing stays in a session."""

import random
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import psycopg2
import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from apps.conversions.models import Conversion, Event
from apps.core.tenancy import every_workspace, workspace_scope
from apps.pipeline import flow
from apps.records.models import Contact
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.pooler import Pooler, pooling
from tests.support.world import make_world
from tools.launcher.places import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS, ROUNDS, SERVERS = 12, 25, 2
MIGRATE_ALONE = ("apps/core/cutting.py", "apps/core/indexing.py", "apps/core/management/commands/migrate.py")
OF_A_SESSION = (
    r"pg_(try_)?advisory_lock(_shared)?\(",
    r"[\"']SET (SESSION|(?!LOCAL|CONSTRAINTS|NULL)[a-z_.]+ (=|TO))",
    r"set_config\([^)]*, false\)",
    r"\b(UN)?LISTEN [a-z\"{%]",
    r"\bPREPARE [a-z]",
    r"\bCREATE TEMP",
    r"\bWITH HOLD\b",
)


@pytest.fixture
def pooler() -> Iterator[Pooler]:
    """Every connection of the product goes through two connections to PostgreSQL."""
    with pooling(connections.settings["default"], size=SERVERS) as pooler:
        connection.close()
        yield pooler
        connection.close()


def visible() -> set[str]:
    """The workspaces whose contacts PostgreSQL shows, past the managers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT workspace_id FROM records_contact")
        return {str(row[0]) for row in cursor.fetchall()}


def in_threads(work: Callable[[int], None]) -> None:
    """Let as many clients as there are work side by side, each on a connection of its own."""

    def alone(number: int) -> None:
        try:
            work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(alone, range(CLIENTS)))


def test_no_row_crosses_between_workspaces_that_share_two_connections(pooler: Pooler):
    workspaces = [factories.a_workspace(f"Workspace {number}") for number in range(6)]
    for workspace in workspaces:
        factories.a_contact(workspace)
    everyone = {str(workspace.id) for workspace in workspaces}

    def work(number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - which transaction comes next is no secret
        for _ in range(ROUNDS):
            mine = chance.choice(workspaces)
            with workspace_scope(mine.id):
                assert visible() == {str(mine.id)}
                assert Contact.objects.count() == 1
            with transaction.atomic():
                assert visible() == set(), "a scope outlived its transaction"
            assert visible() == set()
            if chance.random() < 0.2:
                with every_workspace():
                    assert visible() == everyone

    in_threads(work)
    assert len(pooler.servers) == SERVERS
    assert pooler.clients > CLIENTS
    assert all(server.transactions > CLIENTS * ROUNDS for server in pooler.servers)
    assert pooler.leftovers() == [{}, {}]


def test_a_transaction_that_fails_leaves_no_scope_behind(pooler: Pooler):
    workspace = factories.a_workspace()
    factories.a_contact(workspace)
    for _ in range(SERVERS * 2):
        with pytest.raises(RuntimeError), workspace_scope(workspace.id):
            raise RuntimeError
        assert visible() == set()
    assert pooler.leftovers() == [{}, {}]


def test_a_client_that_is_killed_inside_its_scope_leaves_none_behind(pooler: Pooler):
    workspace = factories.a_workspace()
    factories.a_contact(workspace)
    at = settings.DATABASES["default"]
    for _ in range(SERVERS):
        lost = psycopg2.connect(host=at["HOST"], port=at["PORT"], dbname=at["NAME"], user=at["USER"])
        cursor = lost.cursor()
        cursor.execute("SELECT set_config('convsync.workspace', %s, true)", [str(workspace.id)])
        cursor.execute("SELECT count(*) FROM records_contact")
        assert cursor.fetchone() == (1,)
        lost.close()
    for _ in range(SERVERS * 2):
        assert visible() == set()


def test_it_would_find_a_scope_that_stays_in_a_session(pooler: Pooler):
    """The pooler resets nothing: this is what the product must never do, and the tests above would see it."""
    workspace = factories.a_workspace()
    factories.a_contact(workspace)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('convsync.workspace', %s, false)", [str(workspace.id)])
    seen = [visible() for _ in range(SERVERS)]
    assert {str(workspace.id)} in seen
    assert {"workspace": str(workspace.id)} in pooler.leftovers()


def test_a_lock_ends_with_its_transaction_wherever_the_next_one_runs(pooler: Pooler):
    """Judging takes turns by a lock of the transaction: of two at a time one judges, and none is left locked out."""
    world = make_world()
    world.make_event("facebook")
    both = Barrier(2)

    def judge(number: int) -> None:
        if number > 1:
            return
        for _ in range(5):
            both.wait(20)
            if number:
                factories.a_submission(world.form)
            flow.judge(workspace_id=world.workspace.id)

    in_threads(judge)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        assert Conversion.objects.count() == 5
    assert pooler.leftovers() == [{}, {}]


def test_the_whole_story_runs_through_it(pooler: Pooler, sandbox: Sandbox):
    sandbox.reset()
    worlds = [make_world(f"World {number}") for number in range(3)]
    for world in worlds:
        world.make_event("facebook")
        world.make_event("linkedin")

    def live(number: int) -> None:
        world = worlds[number % len(worlds)]
        factories.a_submission(world.form)
        flow.judge(workspace_id=world.workspace.id)
        for account in (world.facebook, world.linkedin):
            flow.send(workspace_id=world.workspace.id, account_id=account.id)

    in_threads(live)
    for world in worlds:  # what rang while another worker had its turn
        live(worlds.index(world))
    flow.sweep()
    for world in worlds:
        with world.scope():
            assert set(Conversion.objects.values_list("state", flat=True)) == {"sent"}
            sent = Conversion.objects.count()
            events = Event.objects.count()
        assert (sent, events) == (2 * (CLIENTS // len(worlds) + 1), 2)
    counts = sandbox.ledger()["counts"]
    assert [counts[name]["accepted"] for name in ("facebook", "linkedin")] == [CLIENTS + len(worlds)] * 2
    assert pooler.leftovers() == [{}, {}]


def test_it_keeps_no_cursor_on_the_server():
    assert settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] is True


def sources() -> Iterator[Path]:
    """What runs while the product does."""
    for path in (ROOT / "apps").rglob("*.py"):
        if not {"migrations", "sandbox"} & set(path.parts):
            yield path


@pytest.mark.parametrize("words", OF_A_SESSION)
def test_it_uses_nothing_that_belongs_to_a_session(words: str):
    """What a session keeps would meet the next client of the pooler."""
    used = [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in sources()
        if path.relative_to(ROOT).as_posix() not in MIGRATE_ALONE
        for found in re.finditer(words, path.read_text())
    ]
    assert used == []


def test_what_sets_timeouts_for_a_session_is_used_by_migrations_alone():
    """They go past the pooler. The gate's look at blocking migrations knows them too, and runs nothing."""
    named = [name.removesuffix(".py").replace("/", ".") for name in MIGRATE_ALONE]
    used = [path.name for path in sources() if any(f"from {name} import" in path.read_text() for name in named)]
    assert set(used) <= {"blocking.py"}
