"""The ways to Google through the whole stream: chosen, found closed, too late for one of them, taken before."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.ads.models import AdAccount, ConversionAction
from apps.ads.networks.google.manifest import MANIFEST
from apps.conversions.models import Conversion
from apps.core import pace
from apps.core.errors import InvalidInput
from apps.deliveries.models import Attempt, Lane, Request
from apps.pipeline import flow
from apps.pipeline.explain import explain
from tests.support import factories
from tests.support.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)
GCLID = "Cj0KCQiA_abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def world(control):
    return make_world()


def tried(world, route):
    """Let trying the account's routes have found this."""
    with world.scope():
        AdAccount.objects.filter(id=world.google.id).update(route=route)


def became_customer(world, *, kind="gclid", click=GCLID):
    """A contact that clicked three days ago and becomes a customer now."""
    seen = str(int((timezone.now() - timedelta(days=3)).timestamp() * 1000))
    factories.a_contact(world.workspace, lifecyclestage="customer", **{kind: click, f"{kind}_first_seen": seen})


def submitted(world, **answers):
    return factories.a_submission(world.form, **answers)


def run(world):
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.google.id)
    with world.scope():
        return list(Conversion.objects.order_by("signal_id"))


def path_of(world):
    with world.scope():
        return Request.objects.order_by("-sent_at").first().url.rpartition("/")[2]


def test_c13_google_02_a_route_is_chosen_only_where_trying_found_it_open(world):
    with pytest.raises(InvalidInput) as refused:
        world.make_event("google", "stage_change", options={"route": "ads_api"})
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("route", "closed")]
    tried(world, "ads_api")
    world.make_event("google", "stage_change", options={"route": "ads_api"}, at=timezone.now() - timedelta(minutes=1))
    became_customer(world)
    (conversion,) = run(world)
    assert (conversion.state, conversion.route) == ("sent", "click:1234567890")
    assert path_of(world) == "1234567890:uploadClickConversions"


def test_c13_a_route_that_closed_since_is_left_for_the_default(world):
    tried(world, "ads_api")
    world.make_event("google", "stage_change", options={"route": "ads_api"}, at=timezone.now() - timedelta(minutes=1))
    tried(world, "data_manager")
    became_customer(world)
    (conversion,) = run(world)
    assert (conversion.state, conversion.route) == ("sent", "event:1234567890:1001:9876543210")
    assert path_of(world) == "events:ingest"


@pytest.mark.parametrize(
    ("found", "route", "code"),
    [
        ("data_manager", "adjustment:1234567890", ""),
        ("data_manager_only", "event:1234567890:2001:9876543210", "closed"),
    ],
)
def test_google_15_a_form_leaves_the_way_that_is_open(world, found, route, code):
    tried(world, found)
    world.make_event("google", at=timezone.now() - timedelta(minutes=1))
    submitted(world)
    (conversion,) = run(world)
    assert conversion.route == route
    assert [step[2] for step in conversion.trace if step[0] == "route"] == ([code] if code else [])


def test_google_15_a_late_form_leaves_as_an_event_with_the_tags_order_id_and_says_so(world):
    tried(world, "data_manager")
    world.make_event("google", at=timezone.now() - timedelta(days=3))
    told = submitted(world, at=timezone.now() - timedelta(hours=30))
    (conversion,) = run(world)
    assert (conversion.state, conversion.route) == ("sent", "event:1234567890:2001:9876543210")
    assert json.loads(conversion.payload)["transactionId"].startswith("order-")
    with world.scope():
        story = explain(signal_id=conversion.signal_id).stories[0]
    assert "so it leaves as an event" in story.steps[0].sentence
    assert told is not None


def test_c11_a_form_that_waited_past_its_day_expires_and_keeps_its_bytes(world):
    tried(world, "data_manager")
    world.make_event("google", at=timezone.now() - timedelta(minutes=1))
    submitted(world)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        frozen = Conversion.objects.get().payload
        Conversion.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    (conversion,) = run(world)
    assert (conversion.state, conversion.reason, conversion.payload) == ("expired", "window_closed", frozen)


def test_google_20_what_is_there_already_counts_only_after_a_try_of_ours(world, control):
    tried(world, "ads_api")
    world.make_event("google", "stage_change", options={"route": "ads_api"}, at=timezone.now() - timedelta(minutes=1))
    became_customer(world)
    control.fault("google", drop_after_commit=True)
    (conversion,) = run(world)
    assert (conversion.state, conversion.tries) == ("waiting", 1)
    with world.scope():
        Conversion.objects.update(due_at=timezone.now())
    (conversion,) = run(world)
    assert (conversion.state, conversion.tries) == ("sent", 2)


def test_google_20_what_is_there_already_at_the_first_try_is_a_collision(world, control):
    tried(world, "ads_api")
    world.make_event("google", "stage_change", options={"route": "ads_api"}, at=timezone.now() - timedelta(minutes=1))
    became_customer(world)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        body = b'{"partialFailure":true,"conversions":[%b]}' % Conversion.objects.get().payload.encode()
    headers = {"Authorization": "Bearer ya29.sandbox", "Content-Type": "application/json"}
    url = f"{control.url}/google/v26/customers/1234567890:uploadClickConversions"
    assert control.session.post(url, data=body, headers=headers, timeout=10).ok
    (conversion,) = run(world)
    assert (conversion.state, conversion.reason) == ("failed", "ORDER_ID_ALREADY_IN_USE")


def test_google_08_a_braid_waits_for_no_action_that_does_not_count_it(world):
    with world.scope():
        ConversionAction.objects.filter(external_id="1001").update(
            facts={"click_kinds": "gclid", "lookback_days": "90"}
        )
    world.make_event("google", "stage_change", at=timezone.now() - timedelta(minutes=1))
    became_customer(world, kind="wbraid")
    (conversion,) = run(world)
    assert (conversion.state, conversion.reason) == ("blocked", "click_not_counted")


def test_google_11_every_try_carries_the_same_id_and_no_two_stages_share_one(world):
    world.make_event("google", "stage_change", at=timezone.now() - timedelta(minutes=1))
    became_customer(world)
    became_customer(world)
    first, second = run(world)
    assert first.network_event_id != second.network_event_id
    assert not first.network_event_id.isdigit()
    assert json.loads(first.payload)["transactionId"] == first.network_event_id


def test_google_28_what_the_missing_scope_does_not_concern_goes_on(world, control):
    control.change("google", "tokens", "ya29.sandbox", scopes=["https://www.googleapis.com/auth/adwords"])
    world.make_event("google", "stage_change", at=timezone.now() - timedelta(minutes=1))
    world.make_event("google", at=timezone.now() - timedelta(minutes=1))
    became_customer(world)
    submitted(world)
    waiting, sent = sorted(run(world), key=lambda each: each.route, reverse=True)
    assert (waiting.route.partition(":")[0], waiting.state, waiting.reason) == (
        "event",
        "waiting",
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    )
    assert (sent.route, sent.state) == ("adjustment:1234567890", "sent")
    with world.scope():
        assert world.google.connection.state == "working"


def test_google_27_a_dead_grant_burns_no_tries_and_loses_nothing(world, control):
    control.change("google", "tokens", "ya29.sandbox", state="revoked")
    world.make_event("google", "stage_change", at=timezone.now() - timedelta(minutes=1))
    became_customer(world)
    (conversion,) = run(world)
    assert (conversion.state, conversion.tries) == ("waiting", 0)
    with world.scope():
        world.google.connection.refresh_from_db()
        assert world.google.connection.state == "reconnect"


def test_google_26_what_has_no_turn_waits_for_the_next_minute_and_uses_no_try(world, monkeypatch):
    monkeypatch.setattr(pace, "take", lambda *_: timedelta(seconds=30))
    world.make_event("google", "stage_change", at=timezone.now() - timedelta(minutes=1))
    world.make_event("google", at=timezone.now() - timedelta(minutes=1))
    became_customer(world)
    (conversion,) = run(world)
    assert (conversion.state, conversion.tries, conversion.reason) == ("waiting", 0, "")
    with world.scope():
        lane = Lane.objects.get()
    assert lane.held_reason == "paced"
    assert lane.next_due_at < timezone.now() + timedelta(minutes=1)


def test_google_26_googles_events_keep_to_the_projects_quota_and_uploads_have_none():
    (limits,) = MANIFEST.paces_of("event:1234567890:1001")
    assert limits is not None
    assert (limits.per_minute, limits.per_day, limits.by) == (300, 100_000, "app")
    assert MANIFEST.paces_of("adjustment:1234567890") == ()


def test_google_13_only_changes_since_the_event_count_and_each_of_several(world):
    for number, stage in enumerate(("lead", "customer")):
        destination = world.actions["google", "stage_change"][number].external_id
        world.make_event("google", "stage_change", trigger_name=stage, destination=destination)
    seen = str(int((timezone.now() - timedelta(days=3)).timestamp() * 1000))
    click = {"gclid": GCLID, "gclid_first_seen": seen}
    contact = factories.a_contact(world.workspace, email="jo@example.com", lifecyclestage="subscriber", **click)
    for stage in ("lead", "customer"):
        factories.a_contact(world.workspace, email="jo@example.com", lifecyclestage=stage)
    assert [(each.state, each.contact_id) for each in run(world)] == [("sent", contact)] * 2


def test_google_24_what_was_sent_again_after_no_answer_carries_the_same_id(world, control):
    world.make_event("google", "stage_change", at=timezone.now() - timedelta(minutes=1))
    became_customer(world)
    control.fault("google", drop_after_commit=True)
    (conversion,) = run(world)
    with world.scope():
        assert Attempt.objects.get().verdict == "unknown"
        Conversion.objects.update(due_at=timezone.now())
    run(world)
    keys = {item["key"] for item in control.ledger(network="google")["items"]}
    assert keys == {conversion.network_event_id}


def test_google_30_each_request_keeps_what_google_said_and_no_hash(world, control):
    tried(world, "ads_api")
    control.change("google", "actions", "1001", status="REMOVED")
    world.make_event("google", "stage_change", options={"route": "ads_api"}, at=timezone.now() - timedelta(minutes=1))
    became_customer(world)
    (conversion,) = run(world)
    assert (conversion.state, conversion.tries) == ("waiting", 0)
    hashed = json.loads(conversion.payload)["userIdentifiers"][0]["hashedEmail"]
    with world.scope():
        request, attempt = Request.objects.get(), Attempt.objects.get()
    assert (request.status, bool(request.trace_id), attempt.code) == (200, True, conversion.reason)
    assert conversion.reason in request.answer
    assert hashed not in request.answer


def test_google_16_google_17_a_good_row_is_not_spoiled_by_a_bad_one_in_its_request(world, control):
    tried(world, "ads_api")
    world.make_event("google", "stage_change", options={"route": "ads_api"}, at=timezone.now() - timedelta(minutes=1))
    clicks = control.call("GET", "world").json()["google"]["clicks"]
    other = {"gclid": GCLID, "customer": "9876543210", "clicked_at": (timezone.now() - timedelta(days=4)).isoformat()}
    control.change_world("google", clicks=[*clicks, other])
    became_customer(world)
    became_customer(world, click=f"{GCLID}_of_ours")
    assert sorted((each.state, each.reason) for each in run(world)) == [
        ("failed", "INVALID_CUSTOMER_FOR_CLICK"),
        ("sent", ""),
    ]
