"""Rows written by the thousand hold what they were given, whatever stands in it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import DataError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.bulk import Among, rows_insert
from apps.core.ids import new_id
from apps.signals.models import Signal, Unjudged
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
COLUMNS = ("id", "kind", "name", "contact_id", "facts", "repeat_key", "occurred_at")
# All that the database takes as text, and more often what the writing of arrays would stumble over.
TEXTS = st.text(
    st.one_of(st.sampled_from("\"\\,{}\x1f\n '%$"), st.characters(exclude_categories=("Cs",), exclude_characters="\0")),
    max_size=30,
)


@pytest.fixture
def place() -> tuple[World, int]:
    """A workspace and a contact in it."""
    world = make_world()
    return world, factories.a_contact(world.workspace)


def write(world: World, contact_id: int, names: list[str]) -> list[UUID]:
    ids = [new_id() for _ in names]
    rows = [
        (str(number), "custom_event", name, str(contact_id), "{}", "", AT.isoformat())
        for number, name in zip(ids, names, strict=True)
    ]
    also = {"workspace_id": "workspace_id", "signal_id": "id", "recorded_at": "recorded_at"}
    same: dict[str, str | int | datetime | UUID] = {"workspace_id": world.workspace.id, "recorded_at": AT}
    rows_insert(Signal, columns=COLUMNS, rows=rows, same=same, also=(Unjudged, also))
    return ids


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=150)
@given(names=st.lists(TEXTS, min_size=1, max_size=5))
def test_it_writes_every_text_as_it_is(place: tuple[World, int], names: list[str]) -> None:
    world, contact_id = place
    with world.scope():
        ids = write(world, contact_id, names)
        kept = dict(Signal.objects.filter(id__in=ids).values_list("id", "name"))
        assert [kept[number] for number in ids] == names
        assert Unjudged.objects.filter(signal_id__in=ids).count() == len(ids)


@pytest.mark.parametrize(
    "name", ["$row$", "$row", "a$row$); DROP TABLE signals_signal; --", "$", "$ro", "$$", "\\", "'", "%s", "%(ids)s"]
)
def test_it_writes_what_looks_like_sql_as_it_is(place: tuple[World, int], name: str) -> None:
    world, contact_id = place
    with world.scope():
        ids = write(world, contact_id, ["before", name, "behind", name])
        kept = dict(Signal.objects.filter(id__in=ids).values_list("id", "name"))
        assert [kept[number] for number in ids] == ["before", name, "behind", name]


def test_it_refuses_what_no_text_can_hold(place: tuple[World, int]) -> None:
    world, contact_id = place
    with world.scope(), pytest.raises(ValueError, match="NUL"):
        write(world, contact_id, ["before", "be\0hind"])


@pytest.mark.parametrize("others", [[], ["short", "\x1f"]], ids=["in one piece", "one by one"])
def test_it_refuses_what_is_too_long_and_cuts_nothing_off(place: tuple[World, int], others: list[str]) -> None:
    world, contact_id = place
    with world.scope():
        before = Signal.objects.count()
        with pytest.raises(DataError, match="too long"), transaction.atomic():
            write(world, contact_id, [*others, "x" * 101])
        assert Signal.objects.count() == before


def test_it_finds_the_rows_that_are_named_and_no_other_mix_of_their_names(place: tuple[World, int]) -> None:
    world, contact_id = place
    with world.scope():
        first, second, third = write(world, contact_id, ["one", "two", "three"])
        Unjudged.objects.filter(signal_id=second).update(recorded_at=AT + timedelta(days=1))
        pairs = [(first, AT), (second, AT), (third, AT), (third, AT + timedelta(days=1))]
        found = Unjudged.objects.filter(Among(("signal_id", "recorded_at"), pairs))
        assert set(found.values_list("signal_id", flat=True)) == {first, third}
        assert not Unjudged.objects.filter(Among(("signal_id", "recorded_at"), [])).exists()
