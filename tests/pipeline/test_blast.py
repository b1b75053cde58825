"""The blast radius of an edit: equal to two whole rehearsals compared by hand, and nothing is written."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.conversions import blast
from apps.conversions.blast import Radius, radius_of
from apps.conversions.editing import draft_then, edit_check
from apps.conversions.judging import judge_batch
from apps.conversions.models import Conversion, Event, EventVersion
from apps.conversions.rehearsing import Rehearsed, history, rehearse, setting_of
from apps.core.errors import InvalidInput
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()
SHAPES = [("facebook", "form_submission"), ("facebook", "stage_change"), ("google", "stage_change")]


def soon() -> datetime:
    """After all that a test has let happen, however long ago this file was read."""
    return timezone.now() + timedelta(minutes=1)


@pytest.fixture
def world() -> World:
    """A workspace that can send to the three networks."""
    return make_world()


def lived_through(world: World, trigger: str) -> None:
    """A week of people who say yes, no and nothing, with what networks match by and without, some of them twice."""
    seen = str(int((NOW - timedelta(days=3)).timestamp() * 1000))
    found = {"lead_id": "123456789012345", "lead_id_first_seen": seen, "gclid": "Cj0KCQiA_a", "gclid_first_seen": seen}
    for number in range(12):
        told = {
            "email": f"p{number % 7}@example.com",
            "phone": ("+31612345678", "12", "")[number % 3],
            world.consent_property: ("yes", "no", "", "granted")[number % 4],
        }
        if trigger == "form_submission":
            factories.a_submission(world.form, at=NOW - timedelta(hours=12 * number), **told)
        else:
            factories.a_contact(
                world.workspace, lifecyclestage="customer", **found, **{**told, "email": f"{number}@x.nl"}
            )


def event_of(world: World, network: str, trigger: str) -> Event:
    made = world.make_event(network, trigger, at=NOW - timedelta(days=1))
    with world.scope():
        return Event.objects.select_related("version", "account").get(id=made.id)


def outcomes(world: World, event: Event, chosen: Mapping[str, Any], at: datetime) -> dict[Any, Rehearsed]:
    since = at - timedelta(days=7)
    signals = history(trigger=event.trigger, name=event.trigger_name, since=since, until=at)
    setting = setting_of(
        workspace_id=world.workspace.id, account=event.account, event=event, settings=chosen, since=since
    )
    return {each.signal_id: each for each in rehearse(signals=signals, setting=setting, elements=True)}


def by_hand(before: dict[Any, Rehearsed], after: dict[Any, Rehearsed]) -> dict[str, Any]:
    """The comparison in the plainest way there is."""
    moves, values, others = Counter[Any](), 0, 0
    worth: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for number, one in before.items():
        other = after[number]
        for index, each in enumerate((one, other)):
            if each.verdict == "send" and each.value:
                worth[each.value.currency][index] += each.value.amount
        if (one.verdict, one.reason) != (other.verdict, other.reason):
            moves[one.verdict, one.reason, other.verdict, other.reason] += 1
        elif one.value != other.value:
            values += 1
        elif one.element != other.element:
            others += 1
    sent = [sum(each.verdict == "send" for each in side.values()) for side in (before, after)]
    return {"moves": moves, "values": values, "bytes": others, "worth": dict(worth), "sent": sent, "found": len(before)}


def told(radius: Radius) -> dict[str, Any]:
    return {
        "moves": Counter(
            {(each.before, each.before_reason, each.after, each.after_reason): each.count for each in radius.moves}
        ),
        "values": radius.values,
        "bytes": radius.bytes,
        "worth": {each.currency: [each.before, each.after] for each in radius.totals},
        "sent": [radius.sent_before, radius.sent_after],
        "found": radius.found,
    }


def radius(world: World, event: Event, **values: Any) -> Radius:
    with world.scope():
        chosen = edit_check(event=event, draft=replace(draft_then(event=event), **values))
        return radius_of(workspace_id=world.workspace.id, event=event, settings=chosen, now=soon())


EDITS = st.fixed_dictionaries(
    {},
    optional={
        "value": st.sampled_from(["25.00", "40", "0"]),
        "value_from": st.sampled_from(["fixed", "deal"]),
        "currency": st.sampled_from(["", "EUR", "USD"]),
        "consent_values": st.lists(st.sampled_from(["yes", "no", "granted"]), min_size=1, unique=True).map(tuple),
        "shared_fields": st.none() | st.lists(st.sampled_from(["email", "phone"]), unique=True).map(tuple),
        "network_event_name": st.sampled_from(["Customer", "Lead", "Won"]),
        "name": st.sampled_from(["One", "Other"]),
    },
)


@pytest.mark.parametrize(("network", "trigger"), SHAPES)
def test_h07_it_equals_two_whole_rehearsals_compared_by_hand(world: World, network: str, trigger: str) -> None:
    event = event_of(world, network, trigger)
    lived_through(world, trigger)

    @settings(max_examples=25)
    @given(EDITS)
    def check(values: dict[str, Any]) -> None:
        with world.scope():
            chosen = edit_check(event=event, draft=replace(draft_then(event=event), **values))
            now = soon()
            sides = [outcomes(world, event, each, now) for each in (event.version.settings, chosen)]  # type: ignore[union-attr]
            found = radius_of(workspace_id=world.workspace.id, event=event, settings=chosen, now=now)
        assert told(found) == by_hand(*sides)
        assert found.signals == found.found == 12
        assert len(found.examples) == min(found.changed, 20)

    check()
    with world.scope():
        assert not Conversion.objects.exists()
        assert EventVersion.objects.count() == 1


def test_h07_batches_from_the_latest_back_know_the_repeats_before_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = event_of(world, "facebook", "form_submission")
    lived_through(world, "form_submission")
    whole = radius(world, event, consent_values=("yes", "granted", "no"))
    monkeypatch.setattr(blast, "BATCH", 3)
    found = radius(world, event, consent_values=("yes", "granted", "no"))
    assert replace(found, since=whole.since) == whole


def test_h07_of_more_than_it_has_time_for_it_looks_at_the_latest_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = event_of(world, "facebook", "form_submission")
    lived_through(world, "form_submission")
    monkeypatch.setattr(blast, "BATCH", 5)
    with world.scope():
        chosen = edit_check(event=event, draft=replace(draft_then(event=event), value="40", consent_values=("no",)))
        found = radius_of(
            workspace_id=world.workspace.id, event=event, settings=chosen, now=soon(), within=timedelta(0)
        )
    assert (found.signals, found.found) == (5, 12)
    assert all(each.before.occurred_at > NOW - timedelta(hours=12 * 5) for each in found.examples)


def test_h07_examples_show_each_kind_of_difference_the_latest_first(world: World) -> None:
    event = event_of(world, "facebook", "form_submission")
    for number in range(30):
        said = "no" if number < 25 else "yes"
        at = NOW - timedelta(minutes=number)
        factories.a_submission(world.form, at=at, **{world.consent_property: said})
    found = radius(world, event, consent_values=("yes", "no"), value="40")
    assert [(each.before_reason, each.after, each.count) for each in found.moves] == [("consent_denied", "send", 25)]
    assert (found.values, found.changed) == (5, 30)
    assert [each.differs for each in found.examples] == ["verdict"] * 15 + ["value"] * 5
    moments = [each.before.occurred_at for each in found.examples[:15]]
    assert moments == sorted(moments, reverse=True)


def test_h07_it_says_how_many_would_wait_for_somebody_when_values_far_above_the_usual_are_held(world: World) -> None:
    made = world.make_event(
        "facebook", "custom_event", at=NOW - timedelta(days=1), value_from="signal", value="3", hold_outliers=False
    )
    for value in (*["10"] * 20, "5000"):
        factories.a_completion(world.behaviour, value=Decimal(value), currency="EUR")
    with world.scope():
        judge_batch(workspace_id=world.workspace.id, now=soon())
        event = Event.objects.select_related("version", "account").get(id=made.id)
    found = radius(world, event, hold_outliers=True)
    assert [(each.before, each.after, each.after_reason, each.count) for each in found.moves] == [
        ("send", "held", "outlier", 1)
    ]
    assert [(each.before, each.after) for each in found.totals] == [(Decimal(5200), Decimal(200))]


def test_h07_a_renamed_event_changes_nothing_that_is_sent(world: World) -> None:
    event = event_of(world, "facebook", "form_submission")
    lived_through(world, "form_submission")
    found = radius(world, event, name="Another name")
    assert found.changed == 0
    assert [each.field for each in found.changes] == ["name"]


def test_h07_a_draft_that_is_wrong_has_no_radius(world: World) -> None:
    event = event_of(world, "facebook", "form_submission")
    with pytest.raises(InvalidInput):
        radius(world, event, consent_property="")
