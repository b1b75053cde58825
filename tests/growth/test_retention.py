"""Retention: what each workspace keeps, for how long, and that the rest is gone (reliability 45)."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from apps.audit.models import Entry
from apps.conversions.models import Conversion
from apps.core import partitions
from apps.core.actor import SYSTEM
from apps.core.errors import InvalidInput
from apps.core.ids import first_id
from apps.deliveries.models import Attempt, Request
from apps.domain.retention import KINDS
from apps.domain.states import State
from apps.pipeline import flow, growth, retention
from apps.signals.models import Signal
from apps.tracking.models import Completion, Submission
from apps.workspaces.models import Workspace
from apps.workspaces.services import retention_set
from tests.growth.conftest import Scratch
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(tz=UTC)


def _told(world: World, days: int) -> None:
    """A submission and a completion, judged, and a request with an attempt, all of so many days ago."""
    at = NOW - timedelta(days=days)
    with time_machine.travel(at, tick=True):
        world.make_event("facebook", name=f"Lead {days}", at=at - timedelta(hours=1))
        factories.a_submission(world.form, at=at)
        factories.a_completion(world.behaviour, at=at)
        flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        Conversion.objects.filter(signal_id__lt=first_id(at=at + timedelta(minutes=1))).update(state=State.SENT)
        number = first_id(at=at)
        request = Request(workspace_id=world.workspace.id, id=number, account_id=world.facebook.id, network="facebook")
        request.url, request.count, request.state, request.sent_at = "https://x.example", 1, "accepted", at
        request.save(force_insert=True)
        Attempt.objects.create(
            workspace_id=world.workspace.id, request_id=number, signal_id=number, event_id=number, verdict="refused",
            code="x", at=at,
        )  # fmt: skip


def _rows(world: World) -> dict[str, int]:
    models = (Signal, Conversion, Request, Attempt, Submission, Completion)
    with world.scope():
        return {model.__name__: model.objects.count() for model in models}


def _keep(world: World, kind: str, days: int) -> None:
    with world.scope():
        retention_set(workspace_id=world.workspace.id, kind=kind, days=days, by=SYSTEM, at=NOW)


def test_it_forgets_what_is_older_than_the_workspace_keeps_and_nothing_else():
    world, other = make_world(), make_world("Other")
    for each in (world, other):
        _told(each, 400)
        _told(each, 100)
    before = _rows(other)
    assert before["Signal"] >= 4
    _keep(world, "stream", 200)
    _keep(world, "submissions", 200)
    told = retention.old_forget(now=NOW)
    assert _rows(other) == before
    assert _rows(world)["Request"] == _rows(world)["Attempt"] == _rows(world)["Submission"] == 1
    assert _rows(world)["Completion"] == 1
    with world.scope():
        assert not Signal.objects.filter(id__lt=first_id(at=NOW - timedelta(days=200))).exists()
        assert not Conversion.objects.filter(signal_id__lt=first_id(at=NOW - timedelta(days=200))).exists()
        assert Signal.objects.exists()
    assert told[world.workspace.id]["stream"] >= 3
    assert retention.old_forget(now=NOW) == {}


def test_it_keeps_what_may_still_leave_and_what_is_not_judged():
    world = make_world()
    _told(world, 400)
    with world.scope():
        Conversion.objects.update(state=State.WAITING)
        kept = set(Conversion.objects.values_list("signal_id", flat=True))
    with time_machine.travel(NOW - timedelta(days=300)):
        factories.a_submission(world.form)
    _keep(world, "stream", 200)
    retention.old_forget(now=NOW)
    with world.scope():
        assert kept
        assert kept < set(Signal.objects.values_list("id", flat=True))
        assert set(Conversion.objects.values_list("signal_id", flat=True)) == kept


def test_it_forgets_browsers_and_addresses_and_keeps_the_rest_of_what_was_told():
    world = make_world()
    for days in (150, 60):
        _told(world, days)
    retention.old_forget(now=NOW)
    with world.scope():
        old, new = Submission.objects.order_by("id")
        assert old.context == {}
        assert old.values != {}
        assert new.context != {}
        for signal in Signal.objects.filter(kind="form_submission"):
            recent = signal.occurred_at > NOW - timedelta(days=100)
            assert ("client_user_agent" in signal.facts) is recent
            assert signal.facts
    assert retention.old_forget(now=NOW) == {}


def test_it_forgets_what_came_in_late_so_many_days_after_it_was_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    world = make_world()
    _told(world, 150)
    retention.old_forget(now=NOW)
    for _ in range(3):
        factories.a_submission(world.form, at=NOW - timedelta(days=140))
    later = NOW + timedelta(days=101)
    with world.scope():
        assert Signal.objects.filter(facts__has_key="client_user_agent").count() == 3
    retention.old_forget(now=later)
    with world.scope():
        assert not Signal.objects.filter(facts__has_key="client_user_agent").exists()
        assert not Submission.objects.exclude(context={}).exists()


def test_it_goes_on_where_its_time_was_up():
    world = make_world()
    _told(world, 900)
    assert retention.old_forget(now=NOW, seconds=0) == {}
    assert retention.old_forget(now=NOW)[world.workspace.id]["stream"] >= 2


def test_it_drops_a_partition_when_the_last_workspace_no_longer_keeps_it():
    one, two = make_world(), make_world("Other")
    _keep(one, "stream", 150)
    assert growth.dropped_before(now=NOW) == NOW - timedelta(days=KINDS["stream"].days)
    _keep(two, "stream", 200)
    assert growth.dropped_before(now=NOW) == NOW - timedelta(days=200)


def test_it_makes_what_is_missing_and_finds_nothing_to_drop():
    tended = growth.tables_tend(now=NOW)
    assert tended == growth.Tended((), (), ())


def test_it_keeps_a_partition_of_which_something_waits(scratch: Scratch, monkeypatch: pytest.MonkeyPatch):
    with time_machine.travel(NOW - timedelta(days=200), tick=True):
        scratch.do("ALTER TABLE scratch ADD COLUMN state text")
        scratch.forwards()
    monkeypatch.setattr(growth, "CONVERSIONS", scratch.cut)
    first, second = partitions.parts_of(scratch.cut)[:2]
    group = (scratch.cut,)
    assert growth._none_alive(group, second.end) == second.end
    number = scratch.put(scratch.one, second.start + timedelta(days=3))
    scratch.do("UPDATE scratch SET state = 'waiting' WHERE id = %s", number)
    assert growth._none_alive(group, second.end) == second.start
    assert growth._none_alive(group, first.end) == first.end


@pytest.mark.parametrize(("kind", "days"), [("stream", 149), ("stream", 3661), ("visits", 6), ("audit", 400)])
def test_it_refuses_kinds_and_days_of_no_use(kind: str, days: int):
    with pytest.raises(InvalidInput):
        _keep(make_world(), kind, days)


def test_it_says_who_changed_it_and_what_it_was():
    world = make_world()
    _keep(world, "visits", 30)
    with world.scope():
        entry = Entry.objects.get(action="workspace.retention")
    assert entry.detail == {"kind": "visits", "days": 30, "before": 100}


def test_it_is_shown_and_set_by_a_command():
    portal = str(make_world().workspace.portal_id)
    out = StringIO()
    call_command("retention", "--workspace", portal, "--keep", "stream", "--days", "200", stdout=out)
    assert "stream 200 days, submissions 760 days, visits 100 days" in out.getvalue()
    assert Workspace.objects.get().retention == {"stream": 200}
    for wrong in (("--days", "5"), ("--workspace", portal, "--keep", "stream", "--days", "5")):
        with pytest.raises(CommandError):
            call_command("retention", *wrong, stdout=out)


def test_it_shows_the_partitions_and_ends_with_an_error_when_one_is_missing(monkeypatch: pytest.MonkeyPatch):
    out = StringIO()
    call_command("partitions", "--tend", stdout=out)
    assert f"deliveries_request_{NOW:%Y%m}" in out.getvalue()
    command = "apps.pipeline.management.commands.partitions"
    monkeypatch.setattr(f"{command}.partitions_missing", lambda now: ("signals_signal_202701",))
    with pytest.raises(CommandError, match="signals_signal_202701"):
        call_command("partitions", stdout=out)
