"""The networks' own counts beside ours: of what they told, over the same time, with the difference named (C14)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.ads.accounts import account_refresh
from apps.ads.counts import WHY
from apps.ads.models import AdAccount, ConversionAction
from apps.ads.registry import NETWORKS
from apps.conversions.beside import Beside, beside
from apps.conversions.models import Conversion, Event
from apps.pipeline import flow
from tests.support import factories
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)
TOLD_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def seen(world: World) -> list[Beside]:
    with world.scope():
        return beside(events=list(Event.objects.select_related("account", "version")))


def sent(world: World, network: str, trigger: str = "custom_event", times: int = 3, **values: Any) -> Event:
    """An event with conversions that the network took."""
    event = world.make_event(network, trigger, at=timezone.now() - timedelta(hours=1), **values)
    found = str(int((timezone.now() - timedelta(days=3)).timestamp() * 1000))
    for number in range(times):
        clicked = {"gclid": f"Cj0KCQiA_abcdefghijklmn{number}", "gclid_first_seen": found}
        contact_id = factories.a_contact(world.workspace, **clicked)
        factories.a_completion(world.behaviour, contact_id=str(contact_id))
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=event.account_id)
    with world.scope():
        ended = list(Conversion.objects.filter(event_id=event.id).values_list("state", "reason"))
    assert ended == [("sent", "")] * times
    return event


def by_the_ads_api(world: World) -> None:
    """Google's own summaries count what comes in by this way."""
    with world.scope():
        AdAccount.objects.filter(id=world.google.id).update(route="ads_api")


def asked(world: World, network: str) -> None:
    account_refresh(workspace_id=world.workspace.id, account_id=world.account(network).id, at=timezone.now())


def test_c14_google_s_count_of_an_action_stands_beside_ours(world):
    by_the_ads_api(world)
    sent(world, "google", options={"route": "ads_api"})
    asked(world, "google")
    (row,) = seen(world)
    assert row.counted is not None
    assert (row.here, row.counted.taken, row.difference, row.why) == (3, 3, 0, ())
    assert row.told_at is not None
    assert row.told_at - row.counted.since == timedelta(days=28)


def test_c14_a_difference_is_named_with_what_it_can_come_from(world):
    sent(world, "google")
    asked(world, "google")
    with world.scope():
        action = ConversionAction.objects.get(account=world.google, external_id="1001")
        action.facts |= {"uploads_total": "12", "uploads_successful": "7", "uploads_pending": "2"}
        action.save()
    (row,) = seen(world)
    assert row.counted is not None
    assert (row.counted.pending, row.counted.dropped, row.difference) == (2, 3, 4)
    assert row.why[:2] == ("pending", "dropped")
    assert {"arrival", "everybody"} < set(row.why) <= WHY.keys()


def test_c14_two_events_of_one_action_are_counted_together(world):
    by_the_ads_api(world)
    sent(world, "google", options={"route": "ads_api"})
    world.make_event("google", "custom_event", at=timezone.now() - timedelta(hours=1))
    asked(world, "google")
    (row,) = seen(world)
    assert (len(row.events), row.here) == (2, 3)


def test_c14_facebook_s_count_is_of_each_event_s_name_and_of_browsers_too(world):
    sent(world, "facebook", network_event_name="Quote accepted")
    sent(world, "facebook", times=0, network_event_name="Lead")
    asked(world, "facebook")
    rows = {row.name.rpartition(" · ")[2]: row for row in seen(world)}
    assert rows.keys() == {"Quote accepted", "Lead"}
    alone, shared = rows["Quote accepted"].counted, rows["Lead"].counted
    assert alone is not None
    assert shared is not None
    assert alone.taken == 3
    assert shared.taken > 0
    assert "browser" in rows["Lead"].why


def test_c14_linkedin_tells_no_counts(world):
    sent(world, "linkedin")
    asked(world, "linkedin")
    (row,) = seen(world)
    assert (row.counted, row.difference, row.why) == (None, 0, ())


def test_c14_a_network_that_was_never_asked_has_told_nothing(world):
    sent(world, "google")
    (row,) = seen(world)
    assert (row.counted, row.told_at) == (None, None)


def test_c14_it_is_on_the_ledger_s_page(world):
    sent(world, "google")
    sent(world, "linkedin", times=0)
    asked(world, "google")
    client = Client()
    client.force_login(world.viewer)
    page = client.get("/ledger/").content.decode()
    assert "What the networks count" in page
    assert "The network has not been asked yet." in page


@pytest.mark.parametrize("network", [key for key, each in NETWORKS.items() if each.counts])
def test_c14_what_was_not_told_is_not_guessed(network):
    counts = NETWORKS[network].counts
    assert counts is not None
    assert counts.read({}, "Lead", TOLD_AT) is None
    assert counts.read({"uploads_total": "many", "uploads_successful": ""}, "Lead", TOLD_AT) is None
    assert set(counts.why) <= WHY.keys()
