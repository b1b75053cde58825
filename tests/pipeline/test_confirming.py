"""What Google says later of requests that it accepted: asked at the sandbox, whose clock the tests move."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.ads.registry import NETWORKS
from apps.conversions.models import Conversion
from apps.core.tenancy import every_workspace
from apps.deliveries import confirming, sending
from apps.deliveries.circuits import FREE, everybodys
from apps.deliveries.models import Attempt, Request
from apps.deliveries.sender import Sender
from apps.domain.breaker import OPENS_AFTER
from apps.pipeline import flow
from apps.pipeline.explain import explain
from tests.sandbox.callers import CUSTOMER, MANAGER
from tests.support import factories
from tests.support.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)
HALF_AN_HOUR = timedelta(minutes=31)


@pytest.fixture
def world(control):
    """A workspace with an event of stages at Google."""
    world = make_world()
    world.make_event("google", "stage_change", at=timezone.now() - timedelta(days=1))
    return world


def gclid(number):
    return f"Cj0KCQiA_contact_{number}_abcdefghij"


def sent(world, *numbers):
    """Contacts that become customers; their conversions leave in one request."""
    seen = str(int((timezone.now() - timedelta(days=3)).timestamp() * 1000))
    for number in numbers:
        factories.a_contact(world.workspace, gclid=gclid(number), gclid_first_seen=seen, lifecyclestage="customer")
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.google.id)


def clicked(control, number, *, customer=CUSTOMER, ago):
    """Let Google remember a contact's click."""
    clicks = control.call("GET", "world").json()["google"]["clicks"]
    at = (timezone.now() - ago).isoformat()
    click = {"gclid": gclid(number), "customer": customer, "clicked_at": at}
    control.change_world("google", clicks=[*clicks, click])


def asked(world, *, later=HALF_AN_HOUR):
    """Ask, as if it were so much later here; whether anything is owed again, None when nothing was asked."""
    now = timezone.now()
    sender = Sender.load(world.workspace.id, world.google.id, now)
    return confirming.confirm_next(sender, now=now + later)


def conversions(world):
    with world.scope():
        return list(Conversion.objects.order_by("signal_id"))


def request_of(world):
    with world.scope():
        return Request.objects.order_by("-sent_at").first()


def test_google_22_it_confirms_what_google_processed(world, control):
    sent(world, 1, 2)
    assert {each.state for each in conversions(world)} == {"sent"}
    control.set_clock(minutes=31)
    assert asked(world, later=timedelta(minutes=29)) is None
    assert asked(world) is False
    assert {(each.state, each.reason) for each in conversions(world)} == {("confirmed", "")}
    request = request_of(world)
    assert (request.confirmation, request.confirm_at, request.state) == ({"": 2}, None, "accepted")
    assert asked(world, later=timedelta(days=2)) is None


def test_google_22_it_asks_again_with_growing_pauses_while_google_is_at_it(world):
    sent(world, 1)
    pauses, later = [], HALF_AN_HOUR
    for _ in range(8):
        before = timezone.now()
        assert asked(world, later=later) is False
        pause = request_of(world).confirm_at - before - later
        pauses.append(round(pause.total_seconds() / 3600, 1))
        later += pause + timedelta(seconds=5)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 24, 24]
    assert conversions(world)[0].state == "sent"


def test_google_22_it_fails_what_google_dropped_for_one_reason_and_says_it(world, control):
    clicked(control, 1, customer=MANAGER, ago=timedelta(days=4))
    sent(world, 1)
    control.set_clock(minutes=31)
    asked(world)
    (conversion,) = conversions(world)
    assert (conversion.state, conversion.reason) == ("failed", "INVALID_OPERATING_ACCOUNT_FOR_CLICK")
    with world.scope():
        attempt = Attempt.objects.get()
        assert (attempt.verdict, attempt.code) == ("refused", "INVALID_OPERATING_ACCOUNT_FOR_CLICK")
    assert request_of(world).state == "refused"


def test_google_19_it_sends_the_same_bytes_again_when_the_click_was_too_recent(world, control):
    clicked(control, 1, ago=timedelta(minutes=5))
    sent(world, 1)
    frozen = conversions(world)[0].payload
    control.set_clock(minutes=31)
    assert asked(world) is True
    (conversion,) = conversions(world)
    assert (conversion.state, conversion.reason) == ("waiting", "TOO_RECENT_CLICK")
    assert timedelta(hours=6) < conversion.due_at - timezone.now() < timedelta(hours=7)
    control.set_clock(hours=7)
    with world.scope():
        Conversion.objects.update(due_at=timezone.now())
    flow.send(workspace_id=world.workspace.id, account_id=world.google.id)
    control.set_clock(hours=8)
    asked(world)
    (conversion,) = conversions(world)
    assert (conversion.state, conversion.payload, conversion.tries) == ("confirmed", frozen, 2)


def test_google_23_it_says_n_of_m_where_google_does_not_say_which(world, control):
    clicked(control, 1, customer=MANAGER, ago=timedelta(days=4))
    sent(world, 1, 2, 3)
    control.set_clock(minutes=31)
    asked(world)
    assert {(each.state, each.reason) for each in conversions(world)} == {("sent", "indeterminate")}
    assert request_of(world).confirmation == {"": 2, "INVALID_OPERATING_ACCOUNT_FOR_CLICK": 1}
    with world.scope():
        told = explain(signal_id=conversions(world)[0].signal_id)
    assert told.stories[0].summary.endswith("1 of the 3 in its request were dropped.")
    assert told.stories[0].who == "marketer"


def test_google_23_it_sends_few_together_after_google_dropped_some(world, control):
    clicked(control, 1, customer=MANAGER, ago=timedelta(days=4))
    sent(world, 1, 2)
    sender = Sender.load(world.workspace.id, world.google.id, timezone.now())
    with world.scope():
        assert sending._limit(sender, "event:1234567890:1001", timezone.now()) == 2000
    control.set_clock(minutes=31)
    asked(world)
    with world.scope():
        assert sending._limit(sender, "event:1234567890:1001", timezone.now()) == 20
        assert sending._limit(sender, "adjustment:1234567890", timezone.now()) == 2000
        assert sending._limit(sender, "event:1234567890:1001", timezone.now() + timedelta(days=3)) == 2000


def test_google_22_it_knows_that_google_has_forgotten_a_request(world, control):
    sent(world, 1)
    control.set_clock(days=51)
    asked(world, later=timedelta(days=49))
    (conversion,) = conversions(world)
    assert (conversion.state, conversion.reason) == ("sent", "not_told")
    assert request_of(world).confirmed_at is not None


def test_google_22_it_gives_up_after_fifty_days_without_asking(world):
    sent(world, 1)
    asked(world, later=timedelta(days=51))
    assert conversions(world)[0].reason == "not_told"


def test_it_is_asked_about_by_one_worker_at_a_time(world):
    sent(world, 1)
    later = timezone.now() + HALF_AN_HOUR
    with world.scope():
        assert len(confirming._lease(world.google.id, later)) == 1
        assert confirming._lease(world.google.id, later) == []
        assert len(confirming._lease(world.google.id, later + confirming.LEASE)) == 1


def test_it_is_found_by_the_sweep_and_asked_about_by_the_story(world, control):
    sent(world, 1)
    with every_workspace():
        assert confirming.accounts_to_ask(now=timezone.now()) == []
        assert confirming.accounts_to_ask(now=timezone.now() + HALF_AN_HOUR) == [(world.workspace.id, world.google.id)]
    control.set_clock(minutes=31)
    with world.scope():
        Request.objects.update(confirm_at=timezone.now())
    assert flow.confirm(workspace_id=world.workspace.id, account_id=world.google.id) == 1
    assert conversions(world)[0].state == "confirmed"


def test_it_asks_nothing_about_uploads_that_were_answered(world, control):
    sent(world)
    world.make_event("google", at=timezone.now() - timedelta(minutes=1))
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.google.id)
    assert request_of(world).confirm_at is None


def test_it_only_waits_while_the_sign_in_is_dead(world, control):
    sent(world, 1)
    control.change("google", "tokens", "ya29.sandbox", state="revoked")
    assert asked(world) is False
    assert request_of(world).confirm_at is not None
    assert conversions(world)[0].state == "sent"


def test_fault_28_it_does_not_ask_a_network_that_all_know_to_be_down(world, control):
    sent(world, 1, 2)
    requests_down(world)
    control.set_clock(minutes=31)
    asked_before = request_of(world).confirm_tries
    assert asked(world) is False
    put_off = request_of(world)
    assert put_off.confirm_tries == asked_before
    assert put_off.confirm_at < timezone.now() + HALF_AN_HOUR + timedelta(minutes=5)
    assert {each.state for each in conversions(world)} == {"sent"}


def test_fault_28_its_answer_tells_all_that_a_network_is_back(world, control):
    sent(world, 1)
    breaker = requests_down(world)
    control.set_clock(minutes=42)
    assert asked(world, later=timedelta(minutes=41)) is False
    assert {each.state for each in conversions(world)} == {"confirmed"}
    assert breaker.passage(timezone.now(), at_risk=False) == FREE


def test_fault_28_it_asks_about_no_further_request_once_nobody_answered(world, control):
    sent(world, 1)
    sent(world, 2)
    control.set_clock(minutes=31)
    control.fault("google", status=503)
    assert asked(world) is False
    assert {each.state for each in conversions(world)} == {"sent"}, "the second answer would have been a good one"
    assert asked(world, later=2 * HALF_AN_HOUR) is False
    assert {each.state for each in conversions(world)} == {"confirmed"}


def requests_down(world):
    """Others have found Google down, half an hour from now too; its breaker."""
    found_at = timezone.now() + HALF_AN_HOUR
    for _ in range(OPENS_AFTER):
        breaker = everybodys(NETWORKS["google"], "sandbox", who=uuid4())
        breaker.failed(found_at)
    return breaker
