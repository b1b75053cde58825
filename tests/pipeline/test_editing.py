"""Editing an event: a new version each time, going back to an older one, and what an edit leaves alone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.ads.models import ConversionAction
from apps.audit.models import Entry
from apps.conversions.editing import EditedMeanwhile, event_edit, event_roll_back
from apps.conversions.judging import judge_batch
from apps.conversions.models import Conversion, Event, EventVersion
from apps.conversions.rules import Draft, draft_of
from apps.conversions.services import event_delete, event_switch
from apps.conversions.versions import changes, event_versions, settings_of
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.pipeline import flow
from apps.tracking.models import Form
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    """A workspace that can send to the three networks."""
    return make_world()


def drafted(event: Event) -> Draft:
    """The event as it stands, to be changed."""
    held = Event.objects.select_related("version", "account").get(id=event.id)
    assert held.version is not None
    return draft_of(held, settings_of(held, held.version))


def edit(world: World, event: Event, *, seen: int | None = None, **values: Any) -> EventVersion:
    with world.scope():
        draft = replace(drafted(event), **values)
        return event_edit(
            workspace_id=world.workspace.id, event_id=event.id, draft=draft, by=world.by, at=timezone.now(), seen=seen
        )


def roll_back(world: World, event: Event, number: int) -> EventVersion:
    with world.scope():
        return event_roll_back(
            workspace_id=world.workspace.id, event_id=event.id, number=number, by=world.by, at=timezone.now()
        )


def refused(world: World, event: Event, **values: Any) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as error:
        edit(world, event, **values)
    (fault,) = error.value.faults
    return fault.field, fault.code


def history(world: World, event: Event) -> list[tuple[int, tuple[str, ...]]]:
    with world.scope():
        return [
            (row.version.number, tuple(each.field for each in row.changes)) for row in event_versions(event_id=event.id)
        ]


def test_a02_an_edit_is_a_new_version_that_says_what_changed_and_who_did_it(world: World) -> None:
    event = world.make_event()
    version = edit(world, event, value="40", consent_values=("yes", "granted"), name="Leads")
    with world.scope():
        event.refresh_from_db()
        (newest, first) = event_versions(event_id=event.id)
        entry = Entry.objects.get(action="event.edit")
    assert (event.name, event.version_id, version.number) == ("Leads", version.id, 2)
    assert (newest.present, first.present, first.changes) == (True, False, ())
    assert [(each.field, each.before, each.after) for each in newest.changes][1:] == [
        ("value", "25.00", "40"),
        ("consent_values", ["yes"], ["yes", "granted"]),
    ]
    assert newest.version.created_by == world.by.label
    assert entry.subject == "Leads"
    assert [each["field"] for each in entry.detail["changes"]] == ["name", "value", "consent_values"]


def test_an_edit_that_changes_nothing_makes_no_version(world: World) -> None:
    event = world.make_event()
    assert edit(world, event, value="25").number == 1
    assert history(world, event) == [(1, ())]
    with world.scope():
        assert not Entry.objects.filter(action="event.edit").exists()


@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
@pytest.mark.parametrize("trigger", ["form_submission", "stage_change", "custom_event"])
def test_what_was_stored_is_asked_for_again_by_its_own_draft(world: World, network: str, trigger: str) -> None:
    event = world.make_event(network, trigger)
    assert edit(world, event).number == 1


@pytest.mark.parametrize(
    ("field", "value"), [("trigger", "stage_change"), ("trigger_name", "lead"), ("account_id", "another")]
)
def test_what_makes_it_another_event_cannot_be_edited(world: World, field: str, value: str) -> None:
    event = world.make_event()
    assert refused(world, event, **{field: value}) == (field, "fixed")


def test_an_edit_is_checked_as_creating_is(world: World) -> None:
    event = world.make_event()
    assert refused(world, event, value="much") == ("value", "number")
    assert refused(world, event, destination="1") == ("destination", "choice")
    assert refused(world, event, consent_property="") == ("consent_property", "required")
    world.make_event(name="Taken")
    with pytest.raises(Conflict):
        edit(world, event, name="Taken")
    assert history(world, event) == [(1, ())]


def test_an_event_whose_form_was_archived_can_still_be_edited(world: World) -> None:
    event = world.make_event()
    with world.scope():
        Form.objects.update(archived_at=timezone.now())
    assert edit(world, event, consent_values=("granted",)).number == 2


def test_a_deleted_event_cannot_be_edited(world: World) -> None:
    event = world.make_event()
    with world.scope():
        draft = drafted(event)
        event_delete(workspace_id=world.workspace.id, event_id=event.id, by=world.by, at=timezone.now())
        with pytest.raises(NotFound):
            event_edit(workspace_id=world.workspace.id, event_id=event.id, draft=draft, by=world.by, at=timezone.now())


def test_another_workspace_s_event_is_unknown(world: World) -> None:
    theirs = make_world("Other").make_event()
    with pytest.raises(NotFound):
        roll_back(world, theirs, 1)


def test_it_goes_back_to_an_older_version_as_a_new_one(world: World) -> None:
    event = world.make_event()
    edit(world, event, value="40")
    edit(world, event, name="Renamed", consent_values=("granted",))
    assert roll_back(world, event, 1).number == 4
    assert history(world, event)[0] == (4, ("name", "value", "consent_values"))
    with world.scope():
        first, last = EventVersion.objects.filter(event=event, number__in=(1, 4)).order_by("number")
        assert first.settings == last.settings
        assert Entry.objects.filter(action="event.roll_back").count() == 1


def test_it_does_not_go_back_to_a_destination_that_is_gone(world: World) -> None:
    event = world.make_event("google", "stage_change")
    first, second, _ = world.actions["google", "stage_change"]
    edit(world, event, destination=second.external_id)
    with world.scope():
        ConversionAction.objects.filter(id=first.id).update(gone_at=timezone.now())
    with pytest.raises(InvalidInput) as error:
        roll_back(world, event, 1)
    assert [each.field for each in error.value.faults] == ["destination"]
    with pytest.raises(NotFound):
        roll_back(world, event, 9)


def test_47_an_edit_of_an_older_version_is_refused_and_loses_nothing(world: World) -> None:
    event = world.make_event()
    edit(world, event, seen=1, value="40")
    with pytest.raises(EditedMeanwhile) as error:
        edit(world, event, seen=1, value="50")
    assert (error.value.seen, error.value.present) == (1, 2)
    assert history(world, event) == [(2, ("value",)), (1, ())]


def test_47_of_two_who_save_at_once_one_is_refused(world: World) -> None:
    event = world.make_event()

    def save(value: str) -> bool:
        try:
            edit(world, event, seen=1, value=value)
        except EditedMeanwhile:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, ["40", "50"])) == [False, True]
    assert len(history(world, event)) == 2


def test_what_waits_keeps_its_bytes_when_its_event_is_edited(world: World) -> None:
    event = world.make_event()
    factories.a_submission(world.form)
    with world.scope():
        judge_batch(workspace_id=world.workspace.id, now=timezone.now())
        before = Conversion.objects.values("payload", "value", "state", "version_id").get()
    edit(world, event, value="99", shared_fields=())
    with world.scope():
        assert Conversion.objects.values("payload", "value", "state", "version_id").get() == before


def test_a06_what_happened_before_an_edit_and_is_judged_after_it_meets_the_old_settings(world: World) -> None:
    now = timezone.now()
    event = world.make_event(at=now - timedelta(hours=1))
    factories.a_submission(world.form, at=now - timedelta(minutes=1))
    edit(world, event, value="40")
    factories.a_submission(world.form)
    with world.scope():
        judge_batch(workspace_id=world.workspace.id, now=timezone.now())
        assert [
            f"{value:.2f}" for value in Conversion.objects.order_by("signal_id").values_list("value", flat=True)
        ] == [
            "25.00",
            "40.00",
        ]


def test_a04_an_edit_switches_nothing_on_and_the_gap_stays_a_gap(world: World) -> None:
    event = world.make_event(at=timezone.now() - timedelta(hours=1))
    with world.scope():
        event_switch(workspace_id=world.workspace.id, event_id=event.id, on=False, by=world.by, at=timezone.now())
    edit(world, event, value="40")
    factories.a_submission(world.form)
    with world.scope():
        assert Event.objects.get(id=event.id).on_since is None
        event_switch(workspace_id=world.workspace.id, event_id=event.id, on=True, by=world.by, at=timezone.now())
    factories.a_submission(world.form)
    with world.scope():
        judge_batch(workspace_id=world.workspace.id, now=timezone.now())
        told = list(Conversion.objects.order_by("signal_id").values_list("state", "reason", "value"))
    assert told == [("blocked", "before_event", None), ("waiting", "", Decimal("40.00"))]


def test_invariant_3_what_leaves_after_an_edit_is_what_was_frozen_before_it(world: World, sandbox: Sandbox) -> None:
    sandbox.reset()
    event = world.make_event()
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    edit(world, event, value="99", network_event_name="Other", consent_values=("granted",))
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    (item,) = sandbox.ledger("facebook")["items"]
    assert (item["body"]["event_name"], item["body"]["custom_data"]["value"]) == ("Lead", 25.0)


SETTINGS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["A", "B"]),
        "value": st.sampled_from([None, "1", "1.0", "2.50"]),
        "currency": st.sampled_from([None, "EUR"]),
        "consent_values": st.lists(st.sampled_from(["yes", "ja"]), max_size=2, unique=True),
        "shared_fields": st.none() | st.lists(st.sampled_from(["email", "phone"]), max_size=2, unique=True),
        "options": st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["true", "false", "x"])),
    }
)


@given(SETTINGS, SETTINGS)
def test_changes_are_the_same_both_ways_and_none_against_itself(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert list(changes(one, one)) == []
    there = {(each.field, str(each.before), str(each.after)) for each in changes(one, other)}
    back = {(each.field, str(each.after), str(each.before)) for each in changes(other, one)}
    assert there == back
