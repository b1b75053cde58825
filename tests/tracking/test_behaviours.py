"""Custom events: their names, the limit, and the completions that become signals."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.models import Entry
from apps.conversions.models import Conversion
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.core.tenancy import workspace_scope
from apps.pipeline import flow
from apps.pipeline.intake import Completed, Counted, completions_receive
from apps.records.models import Contact
from apps.records.services import Refused
from apps.signals.models import Signal
from apps.tracking import behaviours
from apps.tracking.models import AdClick, Behaviour, Completion
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def create(world: World, name: str, **values):
    with world.scope():
        return behaviours.behaviour_create(
            workspace_id=world.workspace.id, name=name, by=world.by, at=timezone.now(), **values
        )


def told(world: World, **values) -> Completed:
    known = {"behaviour": str(world.behaviour.id), "completed_at": timezone.now(), "email": "jo@example.com"}
    return Completed(**{**known, **values})


def receive(world: World, *completed: Completed) -> list[Counted | Refused]:
    with world.scope():
        return completions_receive(workspace_id=world.workspace.id, completed=completed, at=timezone.now())


def test_e01_it_creates_a_custom_event_with_a_name_tags_and_an_id(world):
    made = create(world, "  Demo booked ", tags=["sales", "sales", " app "])
    assert (made.name, made.key, made.tags) == ("Demo booked", "demo_booked", ["sales", "app"])
    with world.scope():
        assert Entry.objects.filter(action="behaviour.create", subject="Demo booked").exists()


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("", {}, "name"),
        ("x" * 101, {}, "name"),
        ("ok", {"key": "Not a key"}, "name"),
        ("ok", {"tags": ["x" * 51]}, "tags"),
        ("ok", {"tags": [str(number) for number in range(21)]}, "tags"),
    ],
)
def test_e01_it_names_what_cannot_be_used(world, name, values, field):
    with pytest.raises(InvalidInput) as refused:
        create(world, name, **values)
    assert [fault.field for fault in refused.value.faults] == [field]


@pytest.mark.parametrize("name", ["Trial started", "TRIAL STARTED", "trial-started"])
def test_e01_it_refuses_a_name_that_is_taken_in_any_spelling(world, name):
    with pytest.raises(Conflict, match="Trial started"):
        create(world, name)


def test_e01_it_lets_another_workspace_use_the_same_name(world):
    assert create(make_world("Rival"), "Newsletter read").key == create(world, "Newsletter read").key


def test_e05_it_refuses_one_beyond_the_limit_and_warns_near_it(world, monkeypatch):
    monkeypatch.setattr(behaviours, "LIMIT", 5)
    for number in range(3):
        create(world, f"Event {number}")
    with world.scope():
        room = behaviours.behaviours_room()
    assert (room.used, room.nearly_full, room.full) == (4, True, False)
    create(world, "The last")
    with pytest.raises(Conflict, match="limit"):
        create(world, "One too many")


def test_e05_an_archived_one_makes_room_and_frees_its_name(world, monkeypatch):
    monkeypatch.setattr(behaviours, "LIMIT", 1)
    with world.scope():
        behaviours.behaviour_archive(
            workspace_id=world.workspace.id, behaviour_id=world.behaviour.id, by=world.by, at=timezone.now()
        )
        with pytest.raises(NotFound):
            behaviours.behaviour_archive(
                workspace_id=world.workspace.id, behaviour_id=world.behaviour.id, by=world.by, at=timezone.now()
            )
    assert create(world, world.behaviour.name).id != world.behaviour.id


@pytest.mark.django_db(transaction=True)
def test_e05_the_limit_holds_when_many_create_at_once(monkeypatch):
    world = make_world()
    monkeypatch.setattr(behaviours, "LIMIT", 2)

    def attempt(number: int) -> bool:
        try:
            create(world, f"At once {number}")
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as several:
        assert sum(several.map(attempt, range(6))) == 1


@given(st.text(max_size=120))
def test_e01_every_name_has_a_key_that_can_be_used(name):
    key = behaviours.key_of(name)
    assert 0 < len(key) <= behaviours.LONGEST_NAME
    assert key[0].isalpha()
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")


@pytest.mark.parametrize("how", ["id", "key", "name", "NAME"])
def test_e04_it_knows_a_custom_event_by_its_id_key_or_name(world, how):
    spelled = {
        "id": str(world.behaviour.id),
        "key": world.behaviour.key,
        "name": world.behaviour.name,
        "NAME": world.behaviour.name.upper(),
    }[how]
    (counted,) = receive(world, told(world, behaviour=spelled))
    assert isinstance(counted, Counted)


def test_e04_an_unknown_address_makes_a_contact_and_a_known_one_gets_the_completion(world):
    known = factories.a_contact(world.workspace, email="known@example.com")
    first, second, third = receive(
        world,
        told(world, email="Known@Example.com"),
        told(world, email="New@example.com"),
        told(world, email="new@example.com"),
    )
    assert first.contact_id == known
    assert second.contact_id == third.contact_id != known
    with world.scope():
        assert Contact.objects.get(id=second.contact_id).email == "new@example.com"
        assert Signal.objects.filter(kind="custom_event", name=str(world.behaviour.id)).count() == 3


def test_e03_a_completion_and_its_signal_carry_the_value(world):
    receive(world, told(world, value=Decimal("12.50"), currency="EUR", page_url="https://a.example/?gclid=Cj0abc"))
    with world.scope():
        completion = Completion.objects.get()
        signal = Signal.objects.get()
        assert AdClick.objects.get().value == "Cj0abc"
    assert (completion.value, completion.currency) == (Decimal("12.50"), "EUR")
    assert signal.facts["completion"] == str(completion.id)
    assert (signal.facts["value"], signal.facts["currency"]) == ("12.50", "EUR")
    assert signal.facts["event_source_url"] == "https://a.example/?gclid=Cj0abc"


def test_it_counts_the_same_id_once_however_often_it_is_told(world):
    first, again = receive(world, told(world, told_id="o-1"), told(world, told_id="o-1", email="other@example.com"))
    (later,) = receive(world, told(world, told_id="o-1"))
    assert [first.again, again.again, later.again] == [False, True, True]
    assert first.completion_id == again.completion_id == later.completion_id
    with world.scope():
        assert Completion.objects.count() == Signal.objects.count() == 1
        assert not Contact.objects.filter(email="other@example.com").exists()


REFUSED = {
    "an event that is not there": ({"behaviour": "nothing"}, "behaviour"),
    "nobody": ({"email": ""}, "email"),
    "an address that is none": ({"email": "nobody"}, "email"),
    "a contact that is not there": ({"contact_id": "999999"}, "contact_id"),
    "a contact that is text": ({"contact_id": "x"}, "contact_id"),
    "two years ago": ({"completed_at": timezone.now() - timedelta(days=700)}, "occurred_at"),
    "next week": ({"completed_at": timezone.now() + timedelta(days=7)}, "occurred_at"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses_one_and_keeps_its_neighbours(world, name):
    values, field = REFUSED[name]
    before, refused, after = receive(world, told(world), told(world, **values), told(world))
    assert isinstance(before, Counted)
    assert isinstance(after, Counted)
    assert isinstance(refused, Refused)
    assert [fault.field for fault in refused.faults] == [field]
    with world.scope():
        assert Signal.objects.count() == 2


def test_it_refuses_completions_of_an_archived_one_and_of_another_workspace(world):
    with world.scope():
        Behaviour.objects.filter(id=world.behaviour.id).update(archived_at=timezone.now())
    rival = make_world("Rival")
    for behaviour in (world.behaviour, rival.behaviour):
        (refused,) = receive(world, told(world, behaviour=str(behaviour.id)))
        assert isinstance(refused, Refused)


def test_it_asks_the_database_as_often_for_many_as_for_few(world):
    def count(number: int) -> int:
        rows = [
            told(world, email=f"p{number}-{each}@example.com", told_id=f"{number}-{each}") for each in range(number)
        ]
        with CaptureQueriesContext(connection) as asked:
            receive(world, *rows)
        return len(asked)

    assert count(90) == count(3)
    assert count(500) <= 6 * count(3)  # unknown people are written a hundred at a time


def test_it_takes_no_more_than_500(world):
    with pytest.raises(InvalidInput, match="500"):
        receive(world, *[told(world)] * 501)


def test_it_writes_nothing_when_the_signal_cannot_be_written(world, monkeypatch):
    def fail(**_):
        raise RuntimeError

    monkeypatch.setattr(flow, "notice", fail)
    with pytest.raises(RuntimeError):
        receive(world, told(world))
    with world.scope():
        assert not Completion.objects.exists()
        assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"value": Decimal("99.955"), "currency": "USD"}, (Decimal("99.96"), "USD")),
        ({"value": Decimal(0), "currency": "EUR"}, (Decimal(0), "EUR")),
        ({"value": Decimal(7)}, (Decimal(7), "EUR")),
        ({}, (Decimal(25), "EUR")),
    ],
)
def test_e03_the_value_of_the_event_counts_and_without_one_the_default(world, sent, expected):
    world.make_event("linkedin", "custom_event", value_from="signal", value="25", at=timezone.now() - timedelta(days=1))
    factories.a_completion(world.behaviour, **sent)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        conversion = Conversion.objects.get()
    assert (conversion.value, conversion.currency) == expected


@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
def test_l02_a_custom_event_is_judged_for_the_events_that_chose_it_and_no_other(world, network):
    since = timezone.now() - timedelta(days=1)
    other = factories.a_behaviour(world.workspace, "Something else")
    wanted = world.make_event(network, "custom_event", at=since)
    world.make_event(network, "custom_event", trigger_name=str(other.id), at=since)
    factories.a_completion(world.behaviour)
    flow.judge(workspace_id=world.workspace.id)
    with workspace_scope(world.workspace.id):
        assert list(Conversion.objects.values_list("event_id", flat=True)) == [wanted.id]


def test_it_counts_the_last_seven_days(world):
    for days in (0, 1, 8):
        factories.a_completion(world.behaviour, at=timezone.now() - timedelta(days=days))
    with world.scope():
        lately = behaviours.completions_lately([world.behaviour.id], now=timezone.now())
    assert lately == {world.behaviour.id: 2}
