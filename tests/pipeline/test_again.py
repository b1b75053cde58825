"""Run it again: the same on what was looked at then, and what it would be with today's settings."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.conversions.editing import draft_then, event_edit
from apps.conversions.models import Circumstances, Conversion, Event
from apps.conversions.services import event_switch
from apps.core.errors import NotFound
from apps.pipeline import flow
from apps.pipeline.again import decision_again
from apps.pipeline.models import ResendKind
from apps.pipeline.resend import Wanted, resend_prepare
from apps.pipeline.slices import resend_go_on
from apps.privacy.erasing import person_erase
from apps.records.models import Contact
from tests.support import factories
from tests.support.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    return make_world()


def submitted(world, **answers):
    """The conversion of someone who sends the form in."""
    world.make_event("facebook", at=timezone.now() - timedelta(hours=1))
    factories.a_submission(world.form, **answers)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        return Conversion.objects.get()


def again(world, conversion):
    with world.scope():
        return decision_again(
            workspace_id=world.workspace.id, signal_id=conversion.signal_id, event_id=conversion.event_id
        )


def test_h01_it_is_the_same_today_while_nothing_changed(world):
    told = again(world, submitted(world))
    assert (told.then, told.verdict, told.reason) == ("same", "send", "")


def test_h01_it_says_what_it_would_be_today_when_a_setting_changed_since(world):
    conversion = submitted(world)
    with world.scope():
        at = timezone.now()
        event_switch(workspace_id=world.workspace.id, event_id=conversion.event_id, on=False, by=world.by, at=at)
    told = again(world, conversion)
    assert (told.then, told.verdict, told.reason) == ("same", "blocked", "event_off")
    assert "would not be sent" in told.today_sentence
    assert told.advice


def test_h01_it_says_what_it_would_be_today_when_the_contact_changed_since(world):
    conversion = submitted(world, marketing_consent="no")
    with world.scope():
        contact = Contact.objects.get(id=conversion.contact_id)
        contact.properties["marketing_consent"] = "yes"
        contact.save()
    told = again(world, conversion)
    assert (conversion.reason, told.then, told.verdict) == ("consent_denied", "same", "send")


def test_h01_it_says_so_when_the_networks_rules_were_read_anew_since(world):
    conversion = submitted(world, marketing_consent="no")
    with world.scope():
        Conversion.objects.update(asked='{"consent": "yes", "kept": "email"}')
        kept = Circumstances.objects.get()
        Circumstances.objects.update(told={**kept.told, "manifest": "v1.0 2020-01-01"})
    assert again(world, conversion).then == "moved"


def test_h01_it_says_so_when_what_was_looked_at_is_gone(world):
    conversion = submitted(world)
    with world.scope():
        Conversion.objects.update(asked="")
    told = again(world, conversion)
    assert (told.then, told.verdict, told.today_sentence) == ("not_kept", "", "")


def test_it_refuses_what_is_not_there(world):
    conversion = submitted(world)
    with world.scope(), pytest.raises(NotFound):
        decision_again(workspace_id=world.workspace.id, signal_id=conversion.event_id, event_id=conversion.event_id)


def test_what_is_kept_of_a_decision_holds_nobody(world):
    answers = {"email": "anna.de.boer@example.com", "firstname": "Annabel", "phone": "+31612345678"}
    conversion = submitted(world, **answers)
    with world.scope():
        kept = str(Circumstances.objects.get().told) + conversion.asked
        assert Event.objects.get().name not in kept
    assert not [value for value in (*answers.values(), "192.0.2.10", "Firefox") if value in kept]


def test_h01_an_edit_since_leaves_the_decision_as_it_was_and_counts_today(world):
    conversion = submitted(world, marketing_consent="agreed")
    with world.scope():
        event = Event.objects.get()
        draft = replace(draft_then(event=event), consent_values=("agreed",))
        event_edit(workspace_id=world.workspace.id, event_id=event.id, draft=draft, by=world.by, at=timezone.now())
    told = again(world, conversion)
    assert (conversion.reason, told.then, told.verdict) == ("consent_denied", "same", "send")


def test_h01_what_was_backfilled_is_decided_again_by_the_same_act(world):
    happened = timezone.now() - timedelta(hours=2)
    factories.a_submission(world.form, at=happened)
    event = world.make_event("facebook")
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        assert Conversion.objects.get().reason == "before_event"
        wanted = Wanted(kind=ResendKind.BACKFILL, event_id=event.id)
        workspace_id, at = world.workspace.id, timezone.now()
        job = resend_prepare(workspace_id=workspace_id, wanted=wanted, start=True, by=world.by, at=at)
    resend_go_on(workspace_id=workspace_id, resend_id=job.id)
    with world.scope():
        conversion = Conversion.objects.get()
    told = again(world, conversion)
    assert (conversion.state, told.then, told.reason) == ("waiting", "same", "")


def test_h01_nothing_is_left_to_decide_on_once_the_person_was_erased(world):
    conversion = submitted(world)
    with world.scope():
        person_erase(workspace_id=world.workspace.id, contact_id=conversion.contact_id, by=world.by, at=timezone.now())
    assert again(world, conversion).then == "not_kept"
