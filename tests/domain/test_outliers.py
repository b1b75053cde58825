"""The rule of outliers: what is far above the usual is held, whatever else is decided stays."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from apps.domain.decide import decide
from apps.domain.decision import Verdict
from apps.domain.facts import ValueFrom
from apps.domain.money import Money
from apps.domain.outliers import FACTOR, is_outlier
from tests.domain.cases import case

AMOUNTS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(1000000000), places=2)


@given(value=AMOUNTS, usual=AMOUNTS)
def test_h14_it_holds_a_value_above_the_factor_and_none_below(value, usual):
    assert is_outlier(Money(value, "EUR"), {"EUR": usual}) == (value > usual * FACTOR)


@given(value=AMOUNTS, usual=AMOUNTS)
def test_h14_it_compares_no_two_currencies(value, usual):
    assert not is_outlier(Money(value, "JPY"), {"EUR": usual})


def test_h14_it_holds_nothing_where_nothing_is_usual_yet_or_the_usual_is_nought():
    assert not is_outlier(Money(Decimal(10**9), "EUR"), {})
    assert not is_outlier(Money(Decimal(10**9), "EUR"), {"EUR": Decimal(0)})


def guarded(**changes):
    whole = case(**changes)
    return replace(whole, event=replace(whole.event, usual={"EUR": Decimal("19.0000")}))


def test_h14_it_holds_with_the_value_and_the_bytes_it_would_have_had():
    asked = guarded()  # a deal of 1000 at 40 %: 400 euros
    unguarded = replace(asked, event=replace(asked.event, usual={}))
    held, free = decide(asked, network_event_id="c1"), decide(unguarded, network_event_id="c1")
    assert (held.verdict, held.reason, free.verdict) == (Verdict.HELD, "outlier", Verdict.SEND)
    assert held.owed == free.owed
    assert held.trace[-1].looked_at == {"amount": "400.00", "currency": "EUR", "usual": "19.00"}


def test_h14_it_lets_a_value_pass_that_is_not_far_above():
    decision = decide(guarded(deal__amount=Decimal(500)), network_event_id="c1")
    assert (decision.verdict, decision.trace[-1].step) == (Verdict.SEND, "outlier")


def test_h14_it_does_not_ask_a_value_that_no_guard_looks_at():
    decision = decide(case(event__value=replace(case().event.value, source=ValueFrom.FIXED)), network_event_id="c1")
    assert "outlier" not in {step.step for step in decision.trace}
