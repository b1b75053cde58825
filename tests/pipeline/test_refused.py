"""What a network refuses: one bad conversion, one bad field, a sign-in that was taken back. The rest goes on."""

import orjson
import pytest
from django.utils import timezone

from apps.connections.models import Connection
from apps.conversions.models import Conversion
from apps.conversions.selectors import event_row, ledger
from apps.core import vault
from apps.deliveries.models import Attempt, Lane
from apps.pipeline import flow
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.stream import run
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def spoiled(world: World, place: int, old: str, new: str) -> Conversion:
    """The waiting conversion at that place, with something in its bytes that Facebook refuses."""
    with world.scope():
        conversion = Conversion.objects.order_by("signal_id")[place]
        conversion.payload = conversion.payload.replace(old, new)
        Conversion.objects.filter(signal_id=conversion.signal_id).update(payload=conversion.payload)
    return conversion


def test_one_bad_conversion_costs_its_neighbours_nothing(world, sandbox):
    world.make_event("facebook")
    for _ in range(40):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    bad = spoiled(world, 17, '"action_source":"website"', '"action_source":"nowhere"')
    run(world)
    run(world)
    with world.scope():
        assert ledger().by_state["sent"] == 39
        assert Conversion.objects.get(state="failed").signal_id == bad.signal_id
        assert Attempt.objects.filter(verdict="refused").count() == 1
    assert sandbox.ledger()["counts"]["facebook"]["accepted"] == 39


def test_meta_21_a_click_id_that_facebook_refuses_is_left_out_and_its_event_still_sent(world, sandbox):
    world.make_event("facebook")
    for _ in range(4):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    bad = spoiled(world, 2, '"user_data":{', '"user_data":{"fbc":"fb.1.not-a-click",')
    run(world)
    run(world)
    with world.scope():
        assert ledger().by_state["sent"] == 4
        assert Conversion.objects.get(signal_id=bad.signal_id).payload == bad.payload
        (told,) = Attempt.objects.filter(signal_id=bad.signal_id, verdict="amend").values_list("code", flat=True)
    assert told == "100/2804001"
    taken = sandbox.ledger("facebook")
    assert (taken["counts"]["facebook"]["accepted"], taken["counts"]["facebook"]["duplicates"]) == (4, 0)
    accepted = [each["body"] for each in taken["items"] if each["state"] == "accepted"]
    assert orjson.loads(bad.payload)["event_id"] in {each["event_id"] for each in accepted}
    assert not [each for each in accepted if "fbc" in each["user_data"]]


def test_meta_21_an_event_that_is_refused_without_its_click_id_too_has_failed_and_is_sent_no_third_time(world, sandbox):
    world.make_event("facebook")
    factories.a_submission(world.form)
    refusal = {"error": {"message": "no", "type": "OAuthException", "code": 100, "error_subcode": 2804001}}
    Control(sandbox.url).fault("facebook", status=400, body=refusal, times=2)
    run(world)
    run(world)
    with world.scope():
        assert Conversion.objects.get().state == "failed"
        assert list(Attempt.objects.values_list("verdict", flat=True)) == ["amend", "amend"]
    assert sandbox.ledger("facebook")["counts"]["facebook"]["accepted"] == 0


def test_a_revoked_token_holds_the_queue_and_burns_no_tries(world):
    event = world.make_event("facebook")
    factories.a_submission(world.form)
    with world.scope():
        Connection.objects.filter(system="facebook").update(sealed=vault.seal({"access_token": "EAArevoked"}))
    run(world)
    with world.scope():
        conversion = Conversion.objects.get()
        assert (conversion.state, conversion.tries) == ("waiting", 0)
        assert conversion.due_at > timezone.now()
        assert (Lane.objects.get().held_reason, conversion.reason) == ("reconnect", "190")
        assert event_row(event_id=event.id, now=timezone.now()).health == "broken"
