"""The ledger: numbers that add up, each with the list that it counts, on the days that the workspace lives."""

import csv
import io
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from apps.conversions.ledger import book, period_read
from apps.conversions.models import Conversion, Event
from apps.conversions.services import event_delete
from apps.core.actor import SYSTEM
from apps.core.errors import InvalidInput
from apps.domain.days import Period
from apps.pipeline import flow
from apps.pipeline.explain import Filter, conversions_counted, signals_listed
from apps.signals.models import Signal
from apps.signals.services import Noticed, signals_record
from apps.workspaces.services import api_key_create
from tests.support import factories
from tests.support.world import World, make_world

ZONE = "Europe/Amsterdam"


@pytest.fixture
def filled(world: World) -> World:
    """Signals of several days, each judged for two or three events, one event deleted since."""
    since = timezone.now() - timedelta(days=20)
    events = [
        world.make_event(network, trigger, at=since)
        for network in ("facebook", "linkedin")
        for trigger in ("custom_event", "form_submission")
    ]
    for days in (0, 0, 1, 3, 6, 10):
        at = timezone.now() - timedelta(days=days, minutes=1)
        factories.a_completion(world.behaviour, at=at)
        factories.a_submission(world.form, at=at, **({} if days else {world.consent_property: "no"}))
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        event_delete(workspace_id=world.workspace.id, event_id=events[-1].id, by=world.by, at=timezone.now())
    return world


def month(now: datetime | None = None) -> Period:
    return period_read(first="", last="", zone=ZONE, now=now or timezone.now())


def rows_behind(client: Client, address: str) -> tuple[int, int]:
    """How many signals the list at the address shows, and how many conversions it says that fit."""
    page = client.get(address).content.decode()
    listed, said = page.count("data-row>"), re.search(r"(\d+) conversions? fits? these filters", page)
    assert said is not None, page
    return listed, int(said.group(1))


def test_invariant_2_h06_the_ledger_adds_up_to_the_rows(filled):
    with filled.scope():
        found = book(period=month())
        rows = Counter(Conversion.objects.values_list("state", flat=True))
    assert found.judged == sum(rows.values()) > 0
    assert {state: count for state, count in found.by_state.items() if count} == rows
    assert sum(sum(counts.values()) for _, counts in found.by_day()) == found.judged
    assert sum(sum(counts.values()) for _, counts in found.by_event()) == found.judged


def test_h06_every_number_links_to_exactly_its_rows(filled, admin):
    page = admin.get("/ledger/").content.decode()
    links = re.findall(r'<a (?:class="ledger-total" )?href="(/signals/\?[^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    assert len(links) > 15
    for address, text in links:
        said = int(re.findall(r"(\d+)(?:</strong>)?$", text.strip())[0])
        listed, counted = rows_behind(admin, unescape(address))
        assert counted == said, address
        if "event_id" in parse_qs(urlsplit(unescape(address)).query):
            assert listed == said, address
        assert listed <= said


def test_h06_its_tables_have_a_column_for_each_state_that_there_is_and_no_other(filled, admin):
    page = admin.get("/ledger/").content.decode()
    with filled.scope():
        there = set(Conversion.objects.values_list("state", flat=True))
    heads = re.findall(r'<span class="book-head"><span class="dot" data-state="(\w+)">', page)
    assert set(heads) == there
    assert heads.count("blocked") == 2, "by event and by day"


def test_h06_a_signal_counts_on_the_day_that_it_is_in_the_workspace(filled):
    with filled.scope():
        signals = dict(Signal.objects.values_list("id", "occurred_at"))
        rows = Counter(month().day_of(signals[each]) for each in Conversion.objects.values_list("signal_id", flat=True))
        counted = {day: sum(counts.values()) for day, counts in book(period=month()).by_day() if sum(counts.values())}
    assert counted == rows


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 1), 24)])
def test_h06_a_day_of_23_or_25_hours_holds_all_of_them_and_no_more(world, day, hours):
    event, contact_id = world.make_event("linkedin", "custom_event"), factories.a_contact(world.workspace)
    first = Period(day, day, ZONE).since
    moments = [first + timedelta(hours=hour) for hour in range(-1, hours + 1)]
    moments += [first - timedelta(milliseconds=1), Period(day, day, ZONE).until - timedelta(milliseconds=1)]
    with world.scope():
        for number, moment in enumerate(moments):
            noticed(world, event, contact_id, moment, number)
        lines = book(period=Period(day - timedelta(days=1), day + timedelta(days=1), ZONE)).by_day()
    assert [sum(counts.values()) for _, counts in lines] == [1, hours + 1, 2]


def noticed(world: World, event: Event, contact_id: int, moment: datetime, number: int) -> None:
    """A signal of that moment, judged for the event."""
    assert event.version_id is not None
    fact = Noticed("custom_event", str(world.behaviour.id), contact_id, f"cause {number}", moment)
    signals_record(workspace_id=world.workspace.id, noticed=[fact], at=moment)
    Conversion.objects.create(
        workspace_id=world.workspace.id,
        signal_id=fact.id_in(world.workspace.id),
        event_id=event.id,
        version_id=event.version_id,
        account_id=event.account_id,
        contact_id=contact_id,
        network="linkedin",
        state="blocked",
        reason="no_identifier",
        occurred_at=moment,
        judged_at=moment,
    )


def test_h06_it_filters_by_event_and_network(filled):
    with filled.scope():
        everything = book(period=month())
        for event, counts in everything.by_event():
            alone = book(period=month(), event_id=event.id)
            assert alone.by_state == counts
            wanted = Filter(event_id=str(event.id), since=month().since, until=month().until)
            assert conversions_counted(wanted) == sum(counts.values())
            assert len(signals_listed(wanted=wanted).rows) == sum(counts.values())
        at_facebook = book(period=month(), network="facebook")
        assert at_facebook.judged == Conversion.objects.filter(network="facebook").count()


def test_h06_it_knows_nothing_of_another_workspace(filled, admin):
    other = make_world("Other")
    with other.scope():
        assert book(period=month()).judged == 0


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from": "2026-11-31"}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"to": "0001-01-01"}, "to"),
        ({"to": "9999-12-31"}, "to"),
        ({"from": "2026-11-22", "to": "2026-11-21"}, "from"),
        ({"from": "2025-01-01", "to": "2026-11-22"}, "from"),
    ],
)
def test_h06_it_names_the_day_that_cannot_be_used(filled, admin, asked, field):
    with pytest.raises(InvalidInput) as error:
        period_read(first=asked.get("from", ""), last=asked.get("to", ""), zone=ZONE, now=timezone.now())
    assert [fault.field for fault in error.value.faults] == [field]
    assert admin.get("/ledger/", asked).status_code == 200
    assert 'role="alert"' in admin.get("/ledger/", asked).content.decode()


def test_h06_it_is_a_csv_in_which_no_name_is_a_formula(filled, admin):
    with filled.scope():
        filled.make_event("linkedin", "custom_event", name="=HYPERLINK(1)", at=timezone.now() - timedelta(days=30))
    factories.a_completion(filled.behaviour)
    flow.judge(workspace_id=filled.workspace.id)
    answer = admin.get("/ledger/export/")
    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    with filled.scope():
        assert sum(int(row["judged"]) for row in rows) == book(period=month()).judged
    assert "'=HYPERLINK(1)" in {row["event"] for row in rows}
    assert all(int(row["judged"]) == sum(int(row[state]) for state in list(row)[5:]) for row in rows)


def client_of(world: World) -> Client:
    with world.scope():
        _, key = api_key_create(
            workspace_id=world.workspace.id, name="Key", scopes=["signals.read"], by=SYSTEM, at=timezone.now()
        )
    return Client(headers={"Authorization": f"Bearer {key}"})


def test_h06_the_api_tells_the_same_by_day(filled):
    client = client_of(filled)
    told = client.get("/api/v1/ledger", {"by": "day"}).json()
    with filled.scope():
        found = book(period=month())
        event = found.events[0]
    assert told["judged"] == found.judged == sum(line["judged"] for line in told["days"])
    assert told["by_state"] == found.by_state
    assert told["time_zone"] == ZONE
    asked = {"from": month().last.isoformat(), "to": month().last.isoformat(), "event_id": str(event.id)}
    one = client.get("/api/v1/ledger", asked).json()
    listed = client.get("/api/v1/signals", asked).json()
    assert one["judged"] == len(listed["results"])
    assert one["days"] == []
    assert client.get("/api/v1/ledger", {"from": "today"}).status_code == 400
    assert client.get("/api/v1/ledger", {"by": "hour"}).status_code == 400


def test_h06_the_api_without_a_period_tells_of_all_time(filled):
    told = client_of(filled).get("/api/v1/ledger").json()
    with filled.scope():
        assert told["judged"] == Conversion.objects.count()
        assert told["signals"] == Signal.objects.count()


def test_h06_the_day_changes_when_it_does_in_the_workspace():
    assert month(datetime(2026, 11, 22, 23, 30, tzinfo=UTC)).last == date(2026, 11, 23)
