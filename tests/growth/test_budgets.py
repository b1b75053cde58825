"""Flat plans: what claiming, sweeping and listing cost does not grow with what waits.

Each question is asked of a workspace with 10,000 conversions and of one with 20 times as many, side by side in the same
tables; `CONVSYNC_GROWTH_ROWS=5000000 ./run test tests/growth/test_budgets.py` asks it of five million.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from apps.conversions import claiming, held, owing, queues
from apps.conversions.deadlines import at_risk
from apps.conversions.models import Conversion
from apps.core.ids import new_id
from apps.core.tenancy import every_workspace
from apps.deliveries import lanes
from apps.domain.states import Priority
from apps.pipeline.explain import Filter, explain, signals_listed
from apps.pipeline.timeline import timeline
from apps.records.models import Contact
from apps.signals.models import Signal
from apps.signals.selectors import workspaces_with_unjudged
from tests.growth.backlog import Backlog, cost_of, make_backlog

FEW, MANY = 10_000, int(os.environ.get("CONVSYNC_GROWTH_ROWS", "200000"))
NOW = datetime.now(tz=UTC) + timedelta(minutes=5)
pytestmark = pytest.mark.django_db
SORTED = 3_000  # rows: what a page or a request holds, not a queue
SLACK = 60  # blocks: an index grows by a level or two


@pytest.fixture(scope="module")
def both(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Backlog, Backlog]]:
    """The small backlog and the large one, there for all of this module's questions, which take back what they do."""
    with django_db_blocker.unblock():
        _empty()  # what other tests deleted still stands in the indexes
        yield make_backlog(FEW), make_backlog(MANY)
        _empty()


@pytest.fixture(scope="module")
def put_off(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Backlog, Backlog]]:
    """The same, of which nothing is due: a hold has put all of it off."""
    with django_db_blocker.unblock():
        _empty()
        yield make_backlog(FEW, due="100 days"), make_backlog(MANY, due="100 days")
        _empty()


@pytest.fixture(scope="module")
def unknown(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Backlog, Backlog]]:
    """The same, but the large one came in just now: the statistics tell of the small one only."""
    with django_db_blocker.unblock():
        _empty()
        yield make_backlog(FEW), make_backlog(MANY, analysed=False)
        _empty()


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE conversions_conversion, signals_signal, signals_unjudged, records_contact, workspaces_workspace"
            " CASCADE"
        )


def _claim(backlog: Backlog) -> object:
    turn = queues.next_turn(account_id=backlog.account_id, now=NOW)
    assert turn is not None
    assert turn.priority is Priority.LIVE
    claimed = claiming.claim(
        workspace_id=backlog.world.workspace.id,
        account_id=backlog.account_id,
        turn=turn,
        request_id=new_id(),
        limit=1000,
        terms_accepted=True,
        now=NOW,
    )
    assert len(claimed) == 1000
    return claimed


def _release(backlog: Backlog) -> None:
    lanes.lanes_wake(workspace_id=backlog.world.workspace.id, account_ids=[backlog.account_id], at=NOW)
    lease = lanes.lane_lease(account_id=backlog.account_id, now=NOW)
    assert lease is not None
    lanes.lane_release(account_id=backlog.account_id, lease=lease)


def _overdue(_: Backlog) -> None:
    held.overdue_end(now=NOW)


def _signal(backlog: Backlog) -> object:
    number = Signal.objects.order_by("-recorded_at", "-id").values_list("id", flat=True)[:1][0]
    return explain(signal_id=number)


def _second_page(_: Backlog) -> object:
    return signals_listed(wanted=Filter(), after=signals_listed(wanted=Filter()).after)


OF_A_WORKSPACE: dict[str, Callable[[Backlog], Any]] = {
    "the next turn": lambda backlog: queues.next_turn(account_id=backlog.account_id, now=NOW),
    "a claim of a thousand": _claim,
    "when a lane is next due": lambda backlog: queues.next_due(account_id=backlog.account_id),
    "giving a lane back": _release,
    "giving back what a crash left": lambda _: owing.leases_return(now=NOW),
    "what was never decided": _overdue,
    "consent of a contact, withdrawn": lambda backlog: owing.waiting_for(contact_ids=[backlog.contact_id]),
    "the list of signals": lambda _: signals_listed(wanted=Filter()),
    "its second page": _second_page,
    "the signals of an event": lambda backlog: signals_listed(wanted=Filter(event_id=str(backlog.event_id))),
    "what waits, in the list": lambda _: signals_listed(wanted=Filter(state="waiting")),
    "a signal explained": _signal,
    "a contact's timeline": lambda backlog: timeline(contact=Contact.objects.get(id=backlog.contact_id)),
    "what soon expires": lambda _: at_risk(now=NOW, limit=50),
    "an event's latest conversions": lambda backlog: list(
        Conversion.objects.filter(event_id=backlog.event_id).order_by("-signal_id").defer("payload")[:20]
    ),
    "what was in a request": lambda backlog: owing.in_request(request_id=new_id(), state="sent"),
}
OF_ALL: dict[str, Callable[[], Any]] = {
    "lanes that are due": lambda: lanes.lanes_due(now=NOW),
    "what is unjudged": lambda: workspaces_with_unjudged(before=NOW),
    "leases that were lost": owing.workspaces_with_lost_leases,
    "what nobody decided": lambda: held.workspaces_with_overdue(now=NOW),
}


def _is_flat(backlogs: tuple[Backlog, Backlog], question: str) -> None:
    costs = []
    for backlog in backlogs:
        with backlog.world.scope():
            costs.append(cost_of(partial(OF_A_WORKSPACE[question], backlog)))
    few, many = costs
    assert many.read_whole == frozenset(), many.plans
    assert many.sorted_rows <= SORTED, many.plans
    assert many.blocks <= 2 * few.blocks + SLACK, f"{few.blocks} -> {many.blocks}\n{many.plans}"


@pytest.mark.parametrize("question", OF_A_WORKSPACE)
def test_it_costs_as_much_of_many_rows_as_of_few(both: tuple[Backlog, Backlog], question: str):
    _is_flat(both, question)


@pytest.mark.parametrize("question", OF_ALL)
def test_it_finds_work_at_a_cost_that_does_not_grow(both: tuple[Backlog, Backlog], question: str):
    with every_workspace():
        cost = cost_of(OF_ALL[question])
    assert cost.read_whole == frozenset(), cost.plans
    assert cost.blocks <= SLACK, f"{cost.blocks}\n{cost.plans}"


def test_it_counts_a_queue_along_its_index_also_where_nothing_waits(
    both: tuple[Backlog, Backlog], monkeypatch: pytest.MonkeyPatch
):
    worlds = [each.world for each in both]
    lanes = [(world.workspace.id, account.id) for world in worlds for account in (world.facebook, world.linkedin)]
    monkeypatch.setattr(queues, "COUNTED", 10)  # so few seem soon found by reading the table from its start
    with every_workspace():
        cost = cost_of(lambda: queues.queues_of(lanes, now=NOW))
        found = queues.queues_of(lanes, now=NOW)
    assert [found[lane].depth for lane in lanes] == [10, 0, 10, 0]
    assert cost.read_whole == frozenset(), cost.plans
    assert cost.blocks <= SLACK * len(lanes), cost.plans


@pytest.mark.parametrize("question", ["the next turn", "when a lane is next due", "giving a lane back"])
def test_it_costs_as_much_when_all_of_it_is_put_off(put_off: tuple[Backlog, Backlog], question: str):
    _is_flat(put_off, question)


@pytest.mark.parametrize("question", ["the next turn", "a claim of a thousand", "when a lane is next due"])
def test_it_costs_as_much_of_a_backlog_that_the_statistics_do_not_know_yet(
    unknown: tuple[Backlog, Backlog], question: str
):
    _is_flat(unknown, question)
