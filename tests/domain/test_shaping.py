"""The shape of a conversion, fitted to where it lands and replaced where its own way is closed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.domain.decide import decide
from apps.domain.decision import Result, Verdict
from apps.domain.facts import Account, Click, Contact
from apps.domain.shaping import fitted
from tests.domain.cases import CLICK, ENHANCEMENT, HAPPENED, NOW, case

INSTEAD = replace(ENHANCEMENT, key="event", max_age=timedelta(days=89))
FORM = replace(ENHANCEMENT, instead=INSTEAD, closed_by=frozenset({"closed"}), insists=frozenset({"only_so"}))
TRIED = Account("google", "1", route="open")
LATE = NOW - timedelta(hours=25)


def judged(**changes):
    given = {"shape": FORM, "account": TRIED, "signal__order_id": "tag-1", "signal__kind": "form_submission", **changes}
    return decide(case(**given), network_event_id="c1")


def test_it_leaves_as_its_own_shape_while_that_is_open():
    decision = judged()
    assert decision.owed is not None
    assert decision.owed.shape == "enhancement"
    assert "route" not in {step.step for step in decision.trace}


def test_google_15_it_leaves_as_another_shape_once_its_window_is_over():
    decision = judged(signal__occurred_at=LATE, event__on_since=LATE - timedelta(days=1))
    assert decision.owed is not None
    assert decision.owed.shape == "event"
    assert (decision.trace[0].step, decision.trace[0].result, decision.trace[0].code) == (
        "route",
        Result.NOTE,
        "window_over",
    )


def test_google_15_it_leaves_as_another_shape_where_trying_found_its_own_closed():
    decision = judged(account=replace(TRIED, route="closed"))
    assert decision.owed is not None
    assert (decision.owed.shape, decision.trace[0].code) == ("event", "closed")


@pytest.mark.parametrize(
    "changes",
    [
        {"signal__order_id": ""},  # nothing would tie it to the tag's conversion
        {"account": Account("google", "1")},  # nobody has tried which ways are open
        {"event__options": {"route": "only_so"}},
    ],
)
def test_c11_it_is_too_late_where_there_is_no_other_way(changes):
    decision = judged(signal__occurred_at=LATE, event__on_since=LATE - timedelta(days=1), **changes)
    assert (decision.verdict, decision.reason) == (Verdict.BLOCKED, "too_old")


def contact(**clicks):
    """A contact that clicked `days` before it happened, by kind of click."""
    held = {kind: (Click("Cj0KCQiA_abcdefghijklm", HAPPENED - timedelta(days=days)),) for kind, days in clicks.items()}
    return Contact({"consent": "yes"}, held)


@pytest.mark.parametrize(
    ("facts", "clicks", "reason"),
    [
        ({}, {"wbraid": 3}, ""),
        ({"click_kinds": "gclid gbraid wbraid"}, {"wbraid": 3}, ""),
        ({"click_kinds": "gclid"}, {"wbraid": 3}, "click_not_counted"),
        ({"click_kinds": "gclid"}, {"wbraid": 3, "gclid": 3}, ""),
        ({"click_kinds": "gclid"}, {}, "no_click"),
    ],
)
def test_google_08_it_credits_only_clicks_that_its_destination_counts(facts, clicks, reason):
    of = case(shape=fitted(CLICK, facts), account=Account("google", "1"), contact=contact(**clicks))
    assert decide(of, network_event_id="c1").reason == reason


@pytest.mark.parametrize(
    ("days", "clicked", "reason"),
    [("30", 29, ""), ("30", 31, "click_too_old"), ("", 89, ""), ("120", 91, "click_too_old")],
)
def test_google_12_it_keeps_to_the_destinations_own_lookback(days, clicked, reason):
    shape = fitted(CLICK, {"lookback_days": days})
    of = case(shape=shape, account=Account("google", "1"), contact=contact(gclid=clicked))
    assert decide(of, network_event_id="c1").reason == reason


def test_it_narrows_nothing_where_the_network_tells_nothing():
    assert fitted(ENHANCEMENT, {"click_kinds": "", "lookback_days": "many"}) == ENHANCEMENT
