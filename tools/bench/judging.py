"""How many signals a second one worker judges, from the rows of signals to the rows of conversions.

`python -m tools.bench.judging` measures this part alone, in a database of its own. What is timed is `judge_batch` with
its transaction: reading the signals and all they need, deciding, and writing. Every signal is a form submission of a
contact of its own, and one of the workspace's events wants it; all others do not.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from tools.bench.world import database
from tools.demo.progress import phase
from tools.launcher.fault import say
from tools.launcher.foreground import python, quietly
from tools.launcher.processes import MIGRATE

if TYPE_CHECKING:
    from apps.conversions.rules import Draft

EVENTS = (10, 500)
SIGNALS, ROUNDS, WARM_UP, SEED = 1_000, 20, 1_000, 11
_PIXEL = "104001"
_INSIDE = "inside"  # the word that makes this module the process that is measured


def judge_figures() -> dict[str, int]:
    """Signals a second, with 10 events in the workspace and with 500: the best of ROUNDS, as neighbours only slow down.

    `judge_per_s`: by the processor time of the judging process, the core that a worker has. `judge_by_clock_per_s`: by
    the clock, in which one worker also waits for the database; several workers, each with a workspace, do not add up
    to more than the database writes.
    """
    with database(os.environ["DATABASE_URL"], "judging") as url:
        environment = {**os.environ, "DATABASE_URL": url}
        quietly("bench-judging-migrate", (python(*MIGRATE.split()[1:]), environment))
        run = subprocess.run(
            python("-m", "tools.bench.judging", _INSIDE),
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    told: dict[str, int] = json.loads(run.stdout.splitlines()[-1])
    return told


def _measured() -> dict[str, int]:
    import django

    from apps.core.garbage import collect_rarely

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convsync.settings")
    django.setup()
    collect_rarely()
    told: dict[str, int] = {}
    for events in EVENTS:
        workspace_id, forms = _workspace(events)
        mark = "" if events == EVENTS[0] else f"_{events}_events"
        _signals(workspace_id, forms, WARM_UP)
        _judge(workspace_id)
        rounds = []
        for _ in range(ROUNDS):
            _signals(workspace_id, forms, SIGNALS)
            rounds.append(_judge(workspace_id))
        wall, busy = map(min, zip(*rounds, strict=True))
        told |= {f"judge_per_s{mark}": round(SIGNALS / busy), f"judge_by_clock_per_s{mark}": round(SIGNALS / wall)}
    return told


def _judge(workspace_id: UUID) -> tuple[float, float]:
    """Judge until none is left; the seconds that took, by the clock and of this process."""
    from apps.conversions.judging import judge_batch
    from apps.core.tenancy import workspace_scope

    wall, busy = time.perf_counter(), time.process_time()
    judged = 1
    while judged:
        with workspace_scope(workspace_id):
            batch = judge_batch(workspace_id=workspace_id, now=datetime.now(UTC))
        judged = batch.signals if batch else 0
    return time.perf_counter() - wall, time.process_time() - busy


def _workspace(events: int) -> tuple[UUID, list[str]]:
    """A workspace with so many events, each for a form of its own at Facebook; the forms' ids."""
    from apps.conversions.services import event_create
    from apps.core.actor import SYSTEM
    from apps.core.tenancy import workspace_scope
    from apps.records.services import property_create
    from apps.tracking.services import form_create
    from apps.workspaces.services import workspace_create

    at = datetime.now(UTC) - timedelta(days=1)
    workspace = workspace_create(name=f"Bench {events}", currency="EUR", country="NL")
    forms = []
    with workspace_scope(workspace.id):
        for name, label in (("consent", "Consent"), ("external_id", "Own id")):
            property_create(workspace_id=workspace.id, object_type="contacts", name=name, label=label)
        account_id = _account(workspace.id)
        for number in range(events):
            form = form_create(workspace_id=workspace.id, name=f"Form {number}", fields=["email"], at=at)
            draft = _draft(f"Event {number}", account_id, str(form.id))
            event_create(workspace_id=workspace.id, draft=draft, by=SYSTEM, at=at)
            forms.append(str(form.id))
    return workspace.id, forms


def _account(workspace_id: UUID) -> str:
    """An ad account at Facebook with its pixel; its id."""
    from apps.ads.models import AdAccount, ConversionAction, Destination
    from apps.connections.models import Connection

    connection = Connection.objects.create(workspace_id=workspace_id, system="facebook", name="Bench", sealed=b"")
    account = AdAccount.objects.create(
        workspace_id=workspace_id,
        connection=connection,
        network="facebook",
        external_id="act_1",
        name="Bench",
        currency="EUR",
        business_id="1",
    )
    ConversionAction.objects.create(
        workspace_id=workspace_id, account=account, kind=Destination.PIXEL, external_id=_PIXEL, name="Pixel"
    )
    return str(account.id)


def _draft(name: str, account_id: str, form_id: str) -> "Draft":
    from apps.conversions.rules import Draft

    return Draft(
        name=name,
        account_id=account_id,
        trigger="form_submission",
        trigger_name=form_id,
        network_event_name="Lead",
        destination=_PIXEL,
        value="25.00",
        consent_property="consent",
        consent_values=("yes",),
        shared_fields=("email", "phone", "firstname", "lastname", "external_id"),
    )


def _signals(workspace_id: UUID, forms: Sequence[str], count: int) -> None:
    """So many new contacts, each with a form submission that is not judged yet."""
    from apps.core.tenancy import workspace_scope
    from apps.records.models import Contact
    from apps.signals.services import Noticed, signals_record
    from tools.bench.render import shared_names, somebody

    now = datetime.now(UTC)
    with workspace_scope(workspace_id):
        first = Contact.objects.count()
        rng = random.Random(SEED + first)  # noqa: S311 - the same people at every run
        people = [somebody(rng, first + number, shared_names) for number in range(count)]
        rows = Contact.objects.bulk_create(
            Contact(
                workspace_id=workspace_id,
                email=contact.properties["email"],
                properties=dict(contact.properties),
                created_at=now,
                updated_at=now,
            )
            for _, contact in people
        )
        noticed = [
            Noticed(
                kind="form_submission",
                name=forms[number % len(forms)],
                contact_id=row.pk,
                cause=f"bench:{row.pk}",
                occurred_at=now - timedelta(seconds=number % 3600),
                facts={
                    "event_source_url": signal.event_source_url,
                    "client_user_agent": signal.client_user_agent,
                },
                repeat_key=f"bench:{row.pk}",
            )
            for number, ((signal, _), row) in enumerate(zip(people, rows, strict=True))
        ]
        signals_record(workspace_id=workspace_id, noticed=noticed, at=now)
    _analyse()


def _analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def main() -> int:
    """Measure, and print one JSON object as the last line."""
    if _INSIDE in sys.argv[1:]:
        print(json.dumps(_measured()), flush=True)
        return 0
    with phase("Judging in a database of its own") as done:
        told = judge_figures()
        done(told["judge_per_s"])
    say(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
