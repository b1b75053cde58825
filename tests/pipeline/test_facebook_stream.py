"""What Facebook's numbered requirements ask of the whole stream: from a signal to the sandbox and back."""

import threading
from datetime import timedelta
from math import log2
from typing import Any

import orjson
import pytest
from django.db import connections
from django.utils import timezone

from apps.ads.models import Destination
from apps.ads.networks.facebook.client import address
from apps.ads.wire import Target
from apps.connections.models import Connection, ConnectionState
from apps.conversions.models import Conversion, Event
from apps.conversions.services import event_delete, event_switch
from apps.core import http, vault
from apps.core.http import HostNotAllowed
from apps.deliveries.models import Attempt, Lane, Request
from apps.pipeline import flow
from apps.pipeline.explain import explain
from tests.sandbox.callers import FACEBOOK_TOKEN, PIXEL, Control
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(control: Control) -> World:
    """A workspace, and a sandbox that has received nothing yet."""
    return make_world()


def judged(world: World, submissions: int = 1, **values: Any) -> Event:
    """An event, and so many submissions that it owes to Facebook."""
    event = world.make_event("facebook", **values)
    for _ in range(submissions):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    return event


def send(world: World) -> int:
    return flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)


def one(world: World) -> Conversion:
    with world.scope():
        return Conversion.objects.get()


def received(control: Control) -> list[dict[str, Any]]:
    """The events that Facebook took."""
    items = control.ledger(network="facebook", state="accepted")["items"]
    return [each["body"] for each in items]


def test_b03_a_form_brings_user_agent_action_source_page_and_address(world: World, control: Control) -> None:
    judged(world)
    send(world)
    (event,) = received(control)
    assert event["action_source"] == "website"
    assert event["event_source_url"] == "https://acme.example/contact"
    assert event["user_data"]["client_user_agent"].startswith("Mozilla/5.0")


def test_b04_a_predictive_lead_score_goes_along(world: World, control: Control) -> None:
    world.make_event("facebook", options={"lead_score_property": "hs_predictivecontactscore_v2"})
    factories.a_submission(world.form, email="scored@example.com", hs_predictivecontactscore_v2="71.5")
    flow.judge(workspace_id=world.workspace.id)
    send(world)
    (event,) = received(control)
    assert event["custom_data"]["lead_score"] == 71.5


def test_b05_a_form_maps_to_an_event_that_exists_in_events_manager(world: World, control: Control) -> None:
    judged(world, network_event_name="Quote requested")
    send(world)
    (event,) = received(control)
    assert event["event_name"] == "Quote requested"


def test_meta_06_an_answer_that_got_lost_is_followed_by_the_same_event_id_and_time(
    world: World, control: Control
) -> None:
    judged(world)
    control.fault("facebook", drop_after_commit=True)
    send(world)
    assert one(world).state == "waiting"
    with world.scope():
        Conversion.objects.update(due_at=timezone.now())
        Lane.objects.update(next_due_at=timezone.now())
    send(world)
    assert one(world).state == "sent"
    assert control.counts("facebook") == (1, 0, 1)
    first, again = (each["body"] for each in control.ledger(network="facebook")["items"])
    assert (first["event_id"], first["event_time"]) == (again["event_id"], again["event_time"])


def test_meta_08_one_bad_event_of_each_kind_costs_few_calls_and_no_neighbour(world: World, control: Control) -> None:
    count = 64
    judged(world, count)
    spoilt = {
        "unknown key, named by its path": ('"event_name"', '"shoe_size":42,"event_name"'),
        "not hashed": ('"em":["', '"em":["x'),
        "too old": ('"event_time":', '"event_time":1500000000,"event_tim":'),
    }
    with world.scope():
        for place, (old, new) in zip((5, 23, 60), spoilt.values(), strict=True):
            bad = Conversion.objects.order_by("signal_id")[place]
            Conversion.objects.filter(signal_id=bad.signal_id).update(payload=bad.payload.replace(old, new, 1))
    for _ in spoilt:
        send(world)
    with world.scope():
        states = list(Conversion.objects.values_list("state", flat=True))
        calls = Request.objects.count()
    assert (states.count("failed"), states.count("sent")) == (len(spoilt), count - len(spoilt))
    assert control.counts("facebook")[0] == count - len(spoilt)
    assert calls <= 1 + len(spoilt) * 2 * log2(count)


def test_meta_09_a_yes_for_another_number_is_no_yes(world: World, control: Control) -> None:
    judged(world, 3)
    control.fault("facebook", status=200, body={"events_received": 2, "messages": [], "fbtrace_id": "A"})
    send(world)
    with world.scope():
        assert set(Conversion.objects.values_list("state", "reason")) == {("waiting", "count_mismatch")}
        assert Request.objects.get().state == "unknown"


def test_meta_11_a_dead_sign_in_holds_and_connecting_again_lets_flow_what_is_young_enough(
    world: World, control: Control
) -> None:
    judged(world, 2)
    control.change("facebook", "tokens", FACEBOOK_TOKEN, state="password_changed")
    send(world)
    with world.scope():
        assert Connection.objects.get(system="facebook").state == ConnectionState.RECONNECT
        assert Lane.objects.get().held_reason == "reconnect"
        assert set(Conversion.objects.values_list("state", "tries")) == {("waiting", 0)}
        old = Conversion.objects.order_by("signal_id").first()
        assert old is not None
        Conversion.objects.filter(signal_id=old.signal_id).update(expires_at=timezone.now() - timedelta(days=1))
        Connection.objects.filter(system="facebook").update(state=ConnectionState.WORKING)
    control.change("facebook", "tokens", FACEBOOK_TOKEN, state="valid")
    flow.resume(workspace_id=world.workspace.id, account_ids=[world.facebook.id], at=timezone.now())
    send(world)
    with world.scope():
        assert sorted(Conversion.objects.values_list("state", "reason")) == [("expired", "window_closed"), ("sent", "")]


def test_meta_11_a_pixel_that_the_token_was_not_given_holds_its_own_events_only(world: World, control: Control) -> None:
    other = {**control.call("GET", "world").json()["facebook"]["pixels"][0], "id": "902", "name": "Other pixel"}
    control.change_world("facebook", pixels=[other])
    factories.an_action(world.facebook, Destination.PIXEL, "902", "Other pixel")
    judged(world, 0, destination="902")
    judged(world, 2)
    for _ in range(2):
        send(world)
    with world.scope():
        states = set(Conversion.objects.values_list("route", "state", "reason"))
    assert states == {(PIXEL, "waiting", "100/33"), ("902", "sent", "")}


def test_meta_29_a_token_that_ended_while_sending_is_renewed_and_the_request_sent_again(
    world: World, control: Control
) -> None:
    judged(world)
    credentials = {"access_token": "EAAold", "app_id": "770077007700077", "app_secret": "sandbox-client-secret"}
    tokens = control.call("GET", "world").json()["facebook"]["tokens"]
    ended = {**tokens[0], "token": "EAAold", "kind": "USER"}
    control.change_world("facebook", tokens=[*tokens, ended])
    with world.scope():
        Connection.objects.filter(system="facebook").update(sealed=vault.seal(credentials))
    control.fault("facebook", status=401, body={"error": {"code": 190, "error_subcode": 463, "message": "over"}})
    send(world)
    assert one(world).state == "sent"
    with world.scope():
        kept = Connection.objects.get(system="facebook").credentials()
    assert kept["access_token"] == FACEBOOK_TOKEN


def test_meta_25_limited_data_use_and_opting_out_leave_with_the_event(world: World, control: Control) -> None:
    judged(world, options={"limited_data_use": "CA", "opt_out": "true"})
    send(world)
    (event,) = received(control)
    assert event["opt_out"] is True
    assert event["data_processing_options"] == ["LDU"]
    assert (event["data_processing_options_country"], event["data_processing_options_state"]) == (1, 1000)


def test_meta_25_consent_that_is_withdrawn_keeps_a_waiting_event_here(world: World, control: Control) -> None:
    world.make_event("facebook")
    factories.a_submission(world.form, email="undecided@example.com")
    flow.judge(workspace_id=world.workspace.id)
    factories.a_contact(world.workspace, email="undecided@example.com", marketing_consent="no")
    send(world)
    assert one(world).state == "cancelled"
    assert received(control) == []


def test_meta_26_what_happened_before_the_event_was_made_is_not_sent(world: World, control: Control) -> None:
    factories.a_submission(world.form)
    judged(world, 0)
    send(world)
    with world.scope():
        assert set(Conversion.objects.values_list("state", "reason")) <= {("blocked", "before_event")}
    assert received(control) == []


def test_meta_27_a_test_code_stands_beside_the_events_and_the_sandbox_counts_them(
    world: World, control: Control
) -> None:
    judged(world, options={"test_event_code": "TEST123"})
    send(world)
    assert len(received(control)) == 1
    with world.scope():
        assert Conversion.objects.get().route == f"{PIXEL}:TEST123"


def test_meta_32_it_keeps_what_left_what_came_back_and_every_try(world: World, control: Control) -> None:
    judged(world)
    control.fault("facebook", status=400, body={"error": {"code": 100, "error_subcode": 2804050, "fbtrace_id": "Aq1"}})
    send(world)
    conversion = one(world)
    with world.scope():
        request, attempt = Request.objects.get(), Attempt.objects.get()
        story = explain(signal_id=conversion.signal_id)
    assert (request.trace_id, request.status, request.count) == ("Aq1", 400, 1)
    assert (attempt.verdict, attempt.code) == ("refused", "100/2804050")
    assert orjson.loads(conversion.payload)["event_id"] == conversion.network_event_id
    assert "access_token" not in request.url
    assert FACEBOOK_TOKEN not in request.url + request.answer
    assert story is not None


def test_meta_37_two_tenants_that_send_at_once_never_mix_tokens_or_pixels(control: Control) -> None:
    everything = control.call("GET", "world").json()["facebook"]
    accounts, pixels, tokens = everything["ad_accounts"], everything["pixels"], everything["tokens"]
    names = ("1", "2")
    control.change_world(
        "facebook",
        ad_accounts=[{**accounts[0], "id": f"act_{name}"} for name in names],
        pixels=[{**pixels[0], "id": f"90{name}", "ad_accounts": [f"act_{name}"]} for name in names],
        tokens=[{**tokens[0], "token": f"EAA{name}", "ad_accounts": [f"act_{name}"]} for name in names],
    )
    worlds = [make_world(f"Tenant {name}") for name in names]
    for name, world in zip(names, worlds, strict=True):
        judged(world, 10)
        with world.scope():
            Connection.objects.filter(system="facebook").update(sealed=vault.seal({"access_token": f"EAA{name}"}))
            Conversion.objects.update(route=f"90{name}")

    def work(world: World) -> None:
        send(world)
        connections.close_all()

    threads = [threading.Thread(target=work, args=(world,)) for world in worlds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, world in zip(names, worlds, strict=True):
        with world.scope():
            assert set(Conversion.objects.values_list("state", flat=True)) == {"sent"}
            mine = set(Conversion.objects.values_list("network_event_id", flat=True))
        items = control.ledger(network="facebook", account=f"90{name}")["items"]
        assert {each["body"]["event_id"] for each in items} == mine


@pytest.mark.parametrize("base", ["http://169.254.169.254", "https://graph.facebook.com.evil.example", "file:///etc"])
def test_meta_37_it_calls_no_host_that_is_not_facebooks(base: str, world: World) -> None:
    there = address(Target(base, "act_1", {"access_token": "EAAsecret"}), PIXEL, 1)
    hosts = frozenset({"graph.facebook.com"})
    with pytest.raises(HostNotAllowed) as caught:
        http.call(method="POST", url=there.url, headers=there.headers, body=b"{}", allowed_hosts=hosts)
    assert "EAAsecret" not in str(caught.value)


def test_meta_39_switching_off_stops_what_waits_and_switching_on_replays_nothing(
    world: World, control: Control
) -> None:
    event = judged(world)
    for enabled in (False, True):
        with world.scope():
            event_switch(workspace_id=world.workspace.id, event_id=event.id, on=enabled, by=world.by, at=timezone.now())
    send(world)
    assert one(world).state == "cancelled"
    assert received(control) == []


def test_meta_39_deleting_stops_what_waits(world: World, control: Control) -> None:
    event = judged(world)
    with world.scope():
        event_delete(workspace_id=world.workspace.id, event_id=event.id, by=world.by, at=timezone.now())
    send(world)
    assert (one(world).state, received(control)) == ("cancelled", [])
