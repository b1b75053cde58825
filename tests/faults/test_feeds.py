"""What comes in twice, out of order, or is broken off in the middle: each fact counts once, the latest one holds."""

import random
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone

from apps.ads import leadgen
from apps.ads.leads import Notice
from apps.ads.models import LeadNotice
from apps.conversions.models import Conversion
from apps.core.actor import SYSTEM
from apps.core.ids import new_id
from apps.pipeline import flow
from apps.pipeline.consents import Told, consents_receive
from apps.pipeline.intake import Completed, Counted, completions_receive, records_receive
from apps.records.columns import Write
from apps.records.models import ConsentFact, Contact
from apps.tracking.models import Completion
from tests.api.conftest import make_key
from tests.faults.conserving import conserved
from tests.faults.world import World as Place
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World

SHUFFLED = random.Random(57)  # noqa: S311 - the same order on every run


@pytest.mark.fault(57)
@pytest.mark.django_db(transaction=True)
def test_f57_what_is_told_again_and_in_any_order_counts_once(world: World, control: Control) -> None:
    at = timezone.now()
    world.make_event("facebook", "custom_event", at=at - timedelta(days=1))
    factories.a_contact(world.workspace, email="jo@example.com")
    feed = [
        Completed(
            behaviour=str(world.behaviour.id),
            completed_at=at - timedelta(minutes=number),
            email="jo@example.com",
            told_id=f"crm-{number}",
            page_url="https://acme.example/app",
            user_agent="Mozilla/5.0",
        )
        for number in range(20)
    ] * 4
    SHUFFLED.shuffle(feed)
    kept: list[Any] = []
    for first in range(0, len(feed), 7):
        with world.scope():
            kept += completions_receive(
                workspace_id=world.workspace.id, completed=feed[first : first + 7], at=timezone.now()
            )
        flow.judge(workspace_id=world.workspace.id)
    assert {type(each) for each in kept} == {Counted}
    with world.scope():
        assert Completion.objects.count() == Conversion.objects.count() == 20
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    assert control.counts("facebook")[::2] == (20, 0)
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(57)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(5))
def test_f57_the_latest_statement_holds_in_whatever_order_they_come(world: World, seed: int) -> None:
    at = timezone.now()
    with world.scope():
        write = Write(properties={"email": "jo@example.com"}, email="jo@example.com")
        records_receive(workspace_id=world.workspace.id, object_type="contacts", writes=[write], at=at)
    said = [(at - timedelta(days=9 - day), "yes" if day % 2 else "no") for day in range(8)]
    feed = said * 2
    random.Random(seed).shuffle(feed)  # noqa: S311 - an order
    for given_at, value in feed:
        told = Told(property=world.consent_property, value=value, email="jo@example.com", given_at=given_at)
        with world.scope():
            consents_receive(workspace_id=world.workspace.id, told=[told], by=SYSTEM, at=timezone.now())
    with world.scope():
        held = Contact.objects.get().properties
        facts = list(ConsentFact.objects.values_list("held_from", flat=True))
    assert held[world.consent_property] == said[-1][1]
    assert len(facts) == len(set(facts)) == len(said)


@pytest.mark.fault(57)
@pytest.mark.django_db(transaction=True)
def test_f57_a_webhook_that_comes_again_is_one_notice(world: World) -> None:
    source = new_id()
    notices = [Notice(f"lead-{number}", "page", "form") for number in range(10)] * 3
    SHUFFLED.shuffle(notices)
    for notice in notices:
        with world.scope():
            leadgen.notices_write(
                workspace_id=world.workspace.id, source_id=source, notices=[notice], at=timezone.now()
            )
    with world.scope():
        assert LeadNotice.objects.count() == 10


ROWS, AT_ONCE, BROKEN_AT = 1000, 100, 7


@pytest.mark.fault(58)
def test_f58_an_import_that_is_broken_off_goes_on_without_doubling_a_row(place: Place) -> None:
    space = place.space(networks=())
    space.make_event("facebook", "custom_event", at=timezone.now() - timedelta(hours=1))
    place.web_start()
    key = make_key(space.workspace)
    chunks = [range(first, first + AT_ONCE) for first in range(0, ROWS, AT_ONCE)]

    def post(chunk: range) -> dict[str, Any] | None:
        rows = [
            {"behaviour": str(space.behaviour.id), "email": f"row{number}@example.com", "id": f"row-{number}"}
            for number in chunk
        ]
        try:
            answer = requests.post(
                f"{place.web_url}/api/v1/completions",
                json={"completions": rows},
                headers={"Authorization": f"Bearer {key}"},
                timeout=20,
            )
        except requests.RequestException:
            return None
        return answer.json() if answer.ok else None

    def there() -> int:
        ((count,),) = place.sql("SELECT count(*) FROM tracking_completion WHERE workspace_id = %s", space.workspace.id)
        return int(count)

    for chunk in chunks[:BROKEN_AT]:
        assert post(chunk) is not None
    broken = threading.Thread(target=post, args=[chunks[BROKEN_AT]])
    broken.start()
    time.sleep(0.03)
    place.processes.kill("web")
    broken.join()
    assert there() % AT_ONCE == 0, "a request is written whole or not at all"
    place.web_start()
    # Whoever imports does not know what its last request came to, and begins a little before it.
    told = [post(chunk) for chunk in chunks[BROKEN_AT - 2 :]]
    known = [row["status"] for answer in told if answer for row in answer["results"]].count("known")
    assert known in (2 * AT_ONCE, 3 * AT_ONCE)
    assert there() == ROWS
    place.drain()
    ((signals,),) = place.sql(
        "SELECT count(*) FROM signals_signal WHERE workspace_id = %s AND kind = 'custom_event'", space.workspace.id
    )
    assert signals == ROWS
    place.conserved()
