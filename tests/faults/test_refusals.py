"""What networks refuse, drop or reject later: one at fault costs nobody else, and nothing is taken for granted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from math import log2
from typing import Any

import orjson
import pytest
import requests
from django.core.cache import cache
from django.utils import timezone

from apps.ads.checks import endings
from apps.ads.registry import NETWORKS
from apps.conversions.models import Conversion
from apps.conversions.selectors import event_row
from apps.core import http
from apps.deliveries.models import Lane, Request
from apps.pipeline import flow
from apps.pipeline.lens import conversion_seen
from apps.pipeline.linting import found_in_draft
from apps.pipeline.resend import Wanted, resend_prepare
from tests.faults.conserving import conserved
from tests.sandbox.callers import MANAGER, Control
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
COUNT = 32
GCLID = "Cj0KCQiA_contact_{number}_abcdefghij"

# What a network says when it names nobody, and what makes an element of its own be refused.
UNNAMED = {
    "facebook": {"error": {"message": "no", "type": "OAuthException", "code": 100, "error_subcode": 2804050}},
    "google": {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "no"}},
    "linkedin": {"status": 400, "message": "no"},
}
SPOILED = {
    "facebook": ('"action_source":"website"', '"action_source":"nowhere"'),
    "google": ('"currency":"EUR"', '"currency":"EURO"'),
    "linkedin": ('"idType":"SHA256_EMAIL"', '"idType":"NO_SUCH_TYPE"'),
}


def customers(world: World, count: int) -> None:
    """Contacts that become customers, each with a click of Google's."""
    seen = str(int((timezone.now() - timedelta(days=3)).timestamp() * 1000))
    for number in range(count):
        gclid = GCLID.format(number=number)
        factories.a_contact(world.workspace, gclid=gclid, gclid_first_seen=seen, lifecyclestage="customer")


def owed(world: World, network: str, count: int) -> None:
    """So many conversions that wait for the network."""
    world.make_event(network, "stage_change" if network == "google" else "form_submission")
    if network == "google":
        customers(world, count)
    else:
        for _ in range(count):
            factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)


def send(world: World, network: str) -> int:
    return flow.send(workspace_id=world.workspace.id, account_id=world.account(network).id)


def states(world: World) -> list[tuple[str, str, int]]:
    with world.scope():
        return sorted(Conversion.objects.values_list("state", "reason", "tries"))


def spoil(world: World, network: str, place: int) -> Conversion:
    """Let the network refuse one of them."""
    good, bad = SPOILED[network]
    with world.scope():
        spoiled = Conversion.objects.order_by("signal_id")[place]
        assert good in spoiled.payload
        Conversion.objects.filter(signal_id=spoiled.signal_id).update(payload=spoiled.payload.replace(good, bad))
    return spoiled


def unnamed(network: str, true_call: Callable[..., http.Answer]) -> Callable[..., http.Answer]:
    """The sandbox's own answers, but a refusal does not say for which of the elements."""

    def call(**given: Any) -> http.Answer:
        answer = true_call(**given)
        return replace(answer, body=orjson.dumps(UNNAMED[network])) if answer.status == 400 else answer

    return call


@pytest.mark.fault(31)
@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
@pytest.mark.parametrize("place", [0, 13, COUNT - 1])
def test_f31_it_finds_the_one_for_which_a_whole_request_is_refused_and_sends_the_others(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch, network: str, place: int
) -> None:
    owed(world, network, COUNT)
    spoiled = spoil(world, network, place)
    monkeypatch.setattr(http, "call", unnamed(network, http.call))
    send(world, network)
    with world.scope():
        (guilty,) = Conversion.objects.exclude(state="sent")
        assert (guilty.signal_id, guilty.state) == (spoiled.signal_id, "failed")
        assert guilty.reason
        assert Request.objects.count() <= 1 + 2 * log2(COUNT)
    assert control.counts(network)[::2] == (COUNT - 1, 0)
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(32)
def test_f32_it_says_failed_of_what_was_taken_and_rejected_later_and_offers_a_replay(
    world: World, control: Control
) -> None:
    event = world.make_event("google", "stage_change", at=timezone.now() - timedelta(days=1))
    clicked_at = (timezone.now() - timedelta(days=4)).isoformat()
    there = control.call("GET", "world").json()["google"]["clicks"]
    click = {"gclid": GCLID.format(number=0), "customer": MANAGER, "clicked_at": clicked_at}
    control.change_world("google", clicks=[*there, click])
    customers(world, 1)
    flow.judge(workspace_id=world.workspace.id)
    send(world, "google")
    assert [state for state, *_ in states(world)] == ["sent"]
    control.set_clock(minutes=31)
    with world.scope():
        Request.objects.update(confirm_at=timezone.now())
    flow.confirm(workspace_id=world.workspace.id, account_id=world.google.id)
    assert states(world) == [("failed", "INVALID_OPERATING_ACCOUNT_FOR_CLICK", 1)]
    with world.scope():
        assert Request.objects.get().state == "refused"
        assert event_row(event_id=event.id, now=timezone.now()).health == "attention"
        offered = resend_prepare(
            workspace_id=world.workspace.id, wanted=Wanted(kind="replay"), by=world.by, at=timezone.now()
        )
    assert (offered.total, offered.state) == (1, "draft")
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(33)
def test_f33_it_says_before_anything_leaves_what_linkedin_would_take_and_silently_drop(
    world: World, control: Control
) -> None:
    nothing = {"value_from": "none", "value": ""}
    with world.scope():
        told = {finding.code for finding in found_in_draft(draft=world.draft("linkedin", **nothing))}
        worth = {finding.code for finding in found_in_draft(draft=world.draft("linkedin"))}
    assert (told, worth) == ({"no_value"}, set())
    world.make_event("linkedin", **nothing)
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        waiting = Conversion.objects.get(state="waiting")
        seen = conversion_seen(signal_id=waiting.signal_id, event_id=waiting.event_id)
    assert {finding.code for finding in seen.findings} == {"no_value"}
    send(world, "linkedin")
    answer = requests.get(f"{control.url}/linkedin/_sandbox/matches", timeout=10)
    assert [event["attributed"] for event in answer.json()["events"]] == [False]
    conserved(world.workspace, sandbox_url=control.url)


# Answers that no network gives today.
NEW_CODES = {
    "facebook": (400, {"error": {"message": "new", "type": "OAuthException", "code": 987654}}),
    "google": (
        400,
        {
            "error": {
                "code": 400,
                "status": "INVALID_ARGUMENT",
                "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "BRAND_NEW"}],
            }
        },
    ),
    "linkedin": (409, {"status": 409, "code": "BRAND_NEW", "message": "new"}),
}


@pytest.mark.fault(42)
@pytest.mark.parametrize("network", NEW_CODES)
def test_f42_it_tries_a_code_that_it_does_not_know_a_few_times_and_then_says_so(
    world: World, control: Control, network: str
) -> None:
    owed(world, network, 1)
    status, body = NEW_CODES[network]
    control.fault(network, status=status, body=body, times=60)
    with world.scope():
        frozen = Conversion.objects.get().payload
    for _ in range(60):
        now = timezone.now()
        with world.scope():
            Conversion.objects.filter(state="waiting").update(due_at=now)
        flow.resume(workspace_id=world.workspace.id, account_ids=[world.account(network).id], at=now)
        if not send(world, network):
            break
    with world.scope():
        ended = Conversion.objects.get()
        assert (ended.state, ended.payload) == ("failed", frozen)
        assert ended.reason
        assert 1 <= ended.tries <= 12
    assert control.counts(network)[0] == 0
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(42)
@pytest.mark.parametrize("network", NEW_CODES)
def test_f42_it_is_not_disturbed_by_fields_that_are_new_in_an_answer(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    owed(world, network, 2)
    true_call = http.call

    def call(**given: Any) -> http.Answer:
        answer = true_call(**given)
        said = orjson.loads(answer.body)
        return replace(answer, body=orjson.dumps({"brand_new": [{"deep": None}], **said, "newer": 1e300}))

    monkeypatch.setattr(http, "call", call)
    send(world, network)
    assert [state for state, *_ in states(world)] == ["sent", "sent"]
    conserved(world.workspace, sandbox_url=control.url)


# How each network says that the version of its API that we speak has ended.
ENDED = {
    "facebook": (400, {"error": {"message": "ended", "type": "OAuthException", "code": 2635}}),
    "google": (
        400,
        {
            "error": {
                "code": 400,
                "status": "INVALID_ARGUMENT",
                "details": [
                    {
                        "@type": "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure",
                        "errors": [{"errorCode": {"requestError": "UNSUPPORTED_VERSION"}, "message": "ended"}],
                    }
                ],
            }
        },
    ),
    "linkedin": (426, {"status": 426, "code": "NONEXISTENT_VERSION", "message": "ended"}),
}


@pytest.mark.fault(43)
@pytest.mark.parametrize("network", ENDED)
def test_f43_it_holds_everybodys_work_when_the_version_has_ended_and_loses_none(
    world: World, control: Control, network: str
) -> None:
    other = make_world("Other")
    for each in (world, other):
        each.make_event(network)
        factories.a_submission(each.form)
        flow.judge(workspace_id=each.workspace.id)
    status, body = ENDED[network]
    control.fault(network, status=status, body=body)
    for each in (world, other):
        send(each, network)
        assert [(state, tries) for state, _, tries in states(each)] == [("waiting", 0)]
        with each.scope():
            assert Lane.objects.get().held_reason
    with other.scope():
        assert not Request.objects.exists(), "the second did not have to find out for itself"
    cache.clear()  # a release that speaks a newer version was installed
    for each in (world, other):
        flow.resume(workspace_id=each.workspace.id, account_ids=[each.account(network).id], at=timezone.now())
        send(each, network)
        assert [state for state, *_ in states(each)] == ["sent"]
    conserved(world.workspace, other.workspace, sandbox_url=control.url)


@pytest.mark.fault(43)
@pytest.mark.parametrize(("days", "told", "urgent"), [(61, False, False), (60, True, False), (14, True, True)])
def test_f43_it_tells_the_operator_before_the_day(days: int, told: bool, urgent: bool) -> None:
    manifest = NETWORKS["linkedin"].manifest
    assert manifest.version_ends is not None
    found = endings([manifest], today=manifest.version_ends - timedelta(days=days))
    assert [(each.network, each.urgent) for each in found] == ([("linkedin", urgent)] if told else [])
