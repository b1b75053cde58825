"""Times that are off, come twice, do not exist or lie far ahead: windows hold, and nothing fails over them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.ads.registry import NETWORKS
from apps.conversions.judging import judge_batch
from apps.conversions.models import Conversion
from apps.core import http
from apps.core.ids import derived_id, first_id
from apps.deliveries.models import Request
from apps.domain.days import Period
from apps.domain.retry import FIRST_WAIT
from apps.domain.windows import closes_at
from apps.pipeline import flow
from tests.api.conftest import Api, make_key
from tests.faults.conserving import conserved, items_received
from tests.sandbox.callers import Control
from tests.support import factories
from tests.support.world import World

ZONES = (
    "Europe/Amsterdam",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Tehran",
    "Africa/Cairo",
)
# Around the hours at which clocks change somewhere, and anywhere else.
MOMENTS = st.builds(
    lambda year, month, minutes: datetime(year, month, 25, tzinfo=UTC) + timedelta(minutes=minutes),
    st.integers(2015, 2037),
    st.sampled_from([3, 4, 9, 10, 11]),
    st.integers(-6 * 1440, 6 * 1440) | st.integers(-200 * 1440, 200 * 1440),
)
OFF = timedelta(minutes=10)


def send(world: World) -> int:
    return flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)


def rows(world: World) -> list[tuple[str, str]]:
    with world.scope():
        return sorted(Conversion.objects.values_list("state", "reason"))


@pytest.mark.fault(37)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("off", [OFF, -OFF])
def test_f37_a_worker_whose_clock_is_off_takes_nothing_from_one_that_is_sending(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    world.make_event("facebook", at=timezone.now() - timedelta(hours=1))
    for _ in range(3):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    true_call, nested = http.call, []

    def call(**given: Any) -> http.Answer:
        if not nested:
            nested.append(given["url"])
            with time_machine.travel(datetime.now(UTC) + off):
                flow.sweep()
                nested.append(send(world))
        return true_call(**given)

    monkeypatch.setattr(http, "call", call)
    send(world)
    assert nested[1] == 0
    assert rows(world) == [("sent", "")] * 3
    assert len(items_received(control.url)) == 3
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(37)
@pytest.mark.django_db(transaction=True)
def test_f37_what_a_worker_with_a_fast_clock_held_is_given_back_in_time(world: World, control: Control) -> None:
    world.make_event("facebook", at=timezone.now() - timedelta(hours=1))
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    control.fault("facebook", status=503)
    with time_machine.travel(datetime.now(UTC) + OFF):
        send(world)
    now = timezone.now()
    with world.scope():
        waiting = Conversion.objects.get()
        assert waiting.state == "waiting"
        assert waiting.due_at is not None
        Conversion.objects.update(due_at=now)
    flow.resume(workspace_id=world.workspace.id, account_ids=[world.facebook.id], at=now)
    send(world)
    assert rows(world) == [("sent", "")]
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(37)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("off", [OFF, -OFF])
def test_f37_what_a_worker_whose_clock_is_off_puts_off_is_due_by_the_databases(
    world: World, control: Control, off: timedelta
) -> None:
    world.make_event("facebook", at=timezone.now() - timedelta(hours=1))
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    control.fault("facebook", status=503)
    began = timezone.now()
    with time_machine.travel(datetime.now(UTC) + off):
        send(world)
    with world.scope():
        due_at = Conversion.objects.values_list("due_at", flat=True).get()
        answered_at = Request.objects.values_list("answered_at", flat=True).get()
    assert due_at is not None
    assert began <= due_at <= timezone.now() + FIRST_WAIT
    assert answered_at is not None
    assert began <= answered_at <= timezone.now()


@pytest.mark.fault(37)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("network", ["facebook", "linkedin"])
def test_f37_what_a_fast_clock_told_never_leaves_as_something_of_the_future(
    world: World, control: Control, network: str
) -> None:
    world.make_event(network, at=timezone.now() - timedelta(hours=1))
    told = timezone.now() + OFF
    factories.a_submission(world.form, at=told)
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.account(network).id)
    assert items_received(control.url) == []
    ((state, reason),) = rows(world)
    assert (state, bool(reason)) in {("waiting", True), ("blocked", True)}
    conserved(world.workspace, sandbox_url=control.url)


@pytest.mark.fault(38)
@given(moment=MOMENTS, zone=st.sampled_from(ZONES), network=st.sampled_from(sorted(NETWORKS)))
def test_f38_a_window_closes_at_one_moment_whatever_the_wall_shows(moment: datetime, zone: str, network: str) -> None:
    there = moment.astimezone(ZoneInfo(zone))
    for shape in NETWORKS[network].manifest.shapes.values():
        closes = closes_at(shape, moment, None)
        assert closes_at(shape, there, None) == closes
        if closes is not None and shape.max_age is not None:
            assert closes.astimezone(UTC) - moment == shape.max_age - shape.margin


@pytest.mark.fault(38)
@given(moment=MOMENTS, zone=st.sampled_from(ZONES))
def test_f38_every_moment_is_of_one_day_and_no_day_misses_an_hour(moment: datetime, zone: str) -> None:
    day = moment.astimezone(ZoneInfo(zone)).date()
    around = Period(day - timedelta(days=1), day + timedelta(days=1), zone)
    assert around.day_of(moment) == day
    starts = [*around.starts, around.until]
    assert sum((after - before for before, after in pairwise(starts)), timedelta()) == (around.until - around.since)


# What clocks and people write, and whether it is a moment. Only some lie in the past year.
WRITTEN = {
    "2026-12-31T23:59:60Z": False,  # a leap second
    "2026-06-30T23:59:60+00:00": False,
    "2026-02-29T12:00:00Z": False,  # no leap year
    "2026-02-28T24:00:00Z": None,
    "2038-01-19T03:14:08Z": False,  # one more than 31 bits hold; ahead of today
    "9999-12-31T23:59:59Z": False,
    "0001-01-01T00:00:00Z": False,
    "1970-01-01T00:00:00Z": False,
    str(2**31 * 1000): False,
    str(2**63): False,
    "-1": False,
}


@pytest.mark.fault(39)
@pytest.mark.django_db
@pytest.mark.parametrize("written", WRITTEN)
def test_f39_it_refuses_what_is_no_moment_of_the_past_year_and_never_fails_over_it(world: World, written: str) -> None:
    api = Api(make_key(world.workspace))
    row = {"behaviour": str(world.behaviour.id), "email": "jo@example.com", "occurred_at": written}
    answer = api.post("/api/v1/completions", {"completions": [row]})
    assert answer.status < 500, answer.body
    if WRITTEN[written] is False:
        refused = answer.body.get("refused", 0) if answer.status < 400 else 1
        assert refused == 1, answer.body


@pytest.mark.fault(39)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("then", [datetime(2028, 2, 29, 12, tzinfo=UTC), datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC)])
def test_f39_it_judges_on_the_29th_of_february_and_after_31_bits_of_seconds(world: World, then: datetime) -> None:
    with time_machine.travel(then, tick=False):
        for network in NETWORKS:
            world.make_event(network, at=then - timedelta(hours=1))
        factories.a_submission(world.form)
        with world.scope():
            judge_batch(workspace_id=world.workspace.id, now=then)
            judged = {each.network: each for each in Conversion.objects.all()}
    assert judged.keys() == NETWORKS.keys()
    assert {each.state for each in judged.values()} == {"waiting"}, {key: e.reason for key, e in judged.items()}
    assert f'"event_time":{int(then.timestamp())}' in judged["facebook"].payload
    assert str(int(then.timestamp() * 1000)) in judged["linkedin"].payload
    assert first_id(at=then) < derived_id(at=then + timedelta(milliseconds=1), key="x")


@pytest.mark.fault(37)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("off", [OFF, -OFF])
def test_f37_a_worker_whose_clock_is_off_judges_by_the_databases(
    world: World, control: Control, off: timedelta
) -> None:
    for network in NETWORKS:
        world.make_event(network, at=timezone.now() - timedelta(hours=1))
    factories.a_submission(world.form)
    with time_machine.travel(datetime.now(UTC) + off):
        flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        judged = list(Conversion.objects.values_list("network", "state", "reason", "judged_at"))
    assert [(state, reason) for _, state, reason, _ in judged] == [("waiting", "")] * len(NETWORKS), judged
    assert all(abs(timezone.now() - judged_at) < timedelta(minutes=1) for *_, judged_at in judged)
    for network in NETWORKS:
        flow.send(workspace_id=world.workspace.id, account_id=world.account(network).id)
    conserved(world.workspace, sandbox_url=control.url)
