"""LinkedIn through the whole stream: who never leaves, what a bad event costs its neighbours, what is kept."""

from typing import Any

import pytest
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.conversions.selectors import ledger
from apps.deliveries.models import Attempt, Request
from apps.pipeline import flow
from apps.records.services import records_archive
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
MISSING = "field is required but not found and has no default value"


@pytest.fixture
def world(control: Control) -> World:
    """A workspace with all it needs."""
    return make_world()


def judged(world: World, count: int) -> None:
    for _ in range(count):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)


def send(world: World) -> None:
    flow.send(workspace_id=world.workspace.id, account_id=world.linkedin.id)


def states(world: World) -> list[tuple[str, str]]:
    with world.scope():
        return sorted(Conversion.objects.values_list("state", "reason"))


def refusal(status: int, message: str) -> dict[str, Any]:
    """A fault: LinkedIn refuses the next request with these words."""
    return {"status": status, "body": {"status": status, "message": message}}


def test_linkedin_a26_it_never_sends_without_consent_and_counts_what_it_kept_back(
    world: World, control: Control
) -> None:
    world.make_event("linkedin")
    factories.a_submission(world.form, **{world.consent_property: "no"})
    factories.a_submission(world.form, **{world.consent_property: ""})
    judged(world, 1)
    send(world)
    assert states(world) == [("blocked", "consent_denied"), ("blocked", "consent_unknown"), ("sent", "")]
    assert control.counts("linkedin") == (1, 0, 0)
    with world.scope():
        assert dict(ledger().blocked_by_reason) == {"consent_denied": 1, "consent_unknown": 1}


@pytest.mark.parametrize("asks_consent", [True, False])
def test_linkedin_a26_it_never_sends_for_a_contact_that_was_deleted_meanwhile(
    world: World, control: Control, asks_consent: bool
) -> None:
    consent = {} if asks_consent else {"consent_property": "", "consent_values": ()}
    world.make_event("linkedin", "stage_change", **consent)
    contact_id = factories.a_contact(world.workspace, lifecyclestage="customer")
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        records_archive(object_type="contacts", ids=[str(contact_id)], at=timezone.now())
    send(world)
    assert states(world) == [("cancelled", "contact_gone")]
    assert control.counts("linkedin") == (0, 0, 0)


def test_l03_linkedin_a15_it_sends_the_neighbours_of_a_named_event_again_at_once(
    world: World, control: Control
) -> None:
    world.make_event("linkedin")
    judged(world, 6)
    control.fault("linkedin", **refusal(422, f"Index: 2, ERROR :: /user/userIds/0/idValue :: {MISSING}\n"))
    send(world)
    assert states(world) == [("failed", "http_422")] + [("sent", "")] * 5
    with world.scope():
        assert sorted(Request.objects.values_list("count", flat=True)) == [5, 6]


def test_l03_linkedin_a15_it_halves_a_batch_whose_refusal_names_nobody(world: World, control: Control) -> None:
    world.make_event("linkedin")
    judged(world, 8)
    for _ in range(4):  # the whole, then whichever half holds the guilty one, down to itself
        control.fault("linkedin", **refusal(400, "Something in there is not right."))
    send(world)
    assert states(world) == [("failed", "http_400")] + [("sent", "")] * 7
    with world.scope():
        counts = sorted(Request.objects.values_list("count", flat=True), reverse=True)
    assert counts == [8, 4, 4, 2, 2, 1, 1]


def test_linkedin_a16_it_takes_no_short_answer_for_success(world: World, control: Control) -> None:
    world.make_event("linkedin")
    judged(world, 3)
    control.fault("linkedin", status=200, body={"elements": [{"status": 201}] * 2})
    send(world)
    assert states(world) == [("waiting", "count_mismatch")] * 3
    with world.scope():
        assert Request.objects.get().state == "unknown"


def test_linkedin_a22_it_keeps_nothing_personal_of_what_an_answer_echoes(world: World, control: Control) -> None:
    world.make_event("linkedin")
    factories.a_submission(world.form, email="secret.person@example.com")
    flow.judge(workspace_id=world.workspace.id)
    echo = f"ERROR :: /user :: secret.person@example.com {'ab' * 32} is not right\n"
    control.fault("linkedin", **refusal(422, echo))
    send(world)
    with world.scope():
        request, attempt = Request.objects.get(), Attempt.objects.get()
    assert "***" in request.answer
    for told in (request.answer, request.url, attempt.code):
        assert "secret.person" not in told
        assert "abab" not in told
        assert "AQsandbox" not in told
