"""Consent, value, money, windows and outcomes, one rule at a time."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.consent import consent_reason
from apps.domain.facts import ConsentRule, Contact, Deal, ValueFrom, ValueRule
from apps.domain.money import Money, is_currency, parse_amount, rounded
from apps.domain.outcome import Verdict, halves, no_answer
from apps.domain.value import value_of
from apps.domain.windows import click_for, closes_at
from tests.domain.cases import CLICK, HAPPENED, WEB, click

YES = ConsentRule("marketing", frozenset({"Granted", "yes"}))


@pytest.mark.parametrize("held", ["granted", " GRANTED ", "yes", "newsletter;yes"])
def test_a11_it_takes_a_listed_value_as_consent(held):
    assert consent_reason(YES, {"marketing": held}) is None


@pytest.mark.parametrize(
    ("held", "reason"), [("no", "consent_denied"), ("", "consent_unknown"), (None, "consent_unknown")]
)
def test_a11_it_takes_anything_else_as_no(held, reason):
    assert consent_reason(YES, {} if held is None else {"marketing": held}) == reason


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4))
def test_a11_unknown_is_never_consent(properties):
    properties.pop("marketing", None)
    assert consent_reason(YES, properties) == "consent_unknown"


def deal(amount="1000", currency="USD", probability="0.4", **closed):
    return Deal(None if amount is None else Decimal(amount), currency, Decimal(probability), **closed)


FROM_DEAL = ValueRule(ValueFrom.DEAL, Decimal(25), "")


@pytest.mark.parametrize(
    ("held", "amount", "currency", "how"),
    [
        (deal(), "400.00", "USD", "deal"),
        (deal(currency=""), "400.00", "EUR", "deal"),
        (deal(amount="100000", currency="JPY"), "40000", "JPY", "deal"),
        (deal(amount="1.2345", currency="KWD", probability="1"), "1.235", "KWD", "deal"),
        (None, "25.00", "EUR", "default_no_deal"),
        (deal(is_closed_lost=True), "25.00", "EUR", "default_closed_lost"),
        (deal(amount=None), "25.00", "EUR", "default_no_amount"),
        (deal(amount="0"), "25.00", "EUR", "default_not_positive"),
        (deal(amount="-5"), "25.00", "EUR", "default_not_positive"),
        (deal(probability="0"), "25.00", "EUR", "default_not_positive"),
        (deal(amount="0.01", probability="0.1"), "25.00", "EUR", "default_not_positive"),
    ],
)
def test_a07_it_takes_the_weighted_amount_of_the_deal_or_the_default(held, amount, currency, how):
    valued = value_of(FROM_DEAL, held, "EUR")
    assert valued.money is not None
    assert (str(valued.money.amount), valued.money.currency, valued.how) == (amount, currency, how)


def test_a07_it_never_guesses_a_currency():
    assert value_of(FROM_DEAL, deal(currency="XXQ"), "EUR").reason == "bad_currency"


def test_c04_it_gives_no_value_where_the_network_decides_it():
    assert value_of(ValueRule(ValueFrom.NONE), deal(), "EUR").money is None


@pytest.mark.parametrize(
    ("told", "value", "how"),
    [
        (Money(Decimal("12.345"), "EUR"), Money(Decimal("12.35"), "EUR"), "signal"),
        (Money(Decimal(0), ""), Money(Decimal("0.00"), "EUR"), "signal"),
        (None, Money(Decimal("25.00"), "EUR"), "default_not_told"),
    ],
)
def test_e03_it_takes_the_value_that_the_signal_says_and_keeps_an_explicit_nought(told, value, how):
    valued = value_of(ValueRule(ValueFrom.SIGNAL, Decimal(25)), None, "EUR", told)
    assert (valued.money, valued.how) == (value, how)


@given(
    amount=st.decimals(-1000, 1000, places=2) | st.none(),
    probability=st.decimals(0, 1, places=2),
    lost=st.booleans(),
)
def test_a07_the_value_is_positive_or_the_default(amount, probability, lost):
    valued = value_of(FROM_DEAL, Deal(amount, "EUR", probability, is_closed_lost=lost), "EUR")
    assert valued.money is not None
    assert valued.money.amount > 0
    assert valued.money.amount == Decimal(25) or valued.money.amount == rounded(amount * probability, "EUR")


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "1e400", "1e-999", "", "12,50", "9" * 5000, "0x10"])
def test_it_refuses_amounts_that_are_no_plain_numbers(text):
    assert parse_amount(text) is None


@pytest.mark.parametrize("code", ["eur", "EU", "BTC", "", "XXQ", "DEM", "CLF", "XAU"])
def test_it_knows_iso_currencies_only(code):
    assert not is_currency(code)


def test_c01_a_window_ends_at_the_earlier_of_age_and_click():
    held = click(89)
    assert closes_at(WEB, HAPPENED, None) == HAPPENED + timedelta(days=7) - timedelta(hours=1)
    assert closes_at(CLICK, HAPPENED, held) == held.first_seen + timedelta(days=90) - CLICK.margin


@given(days=st.floats(-100, 200))
def test_c01_it_credits_a_click_only_within_ninety_days_before(days):
    kind, found, reason = click_for(CLICK, Contact({}, {"gclid": (click(days),)}), HAPPENED)
    assert (found is not None) == (reason is None) == (kind == "gclid")
    if timedelta(days=days) < timedelta(0):
        assert reason == "before_click"
    elif timedelta(days=days) > timedelta(days=90):
        assert reason == "click_too_old"
    else:
        assert found is not None


@given(st.integers(2, 5000))
def test_halving_loses_nobody_and_always_gets_smaller(count):
    parts = [list(range(count))[part] for part in halves(count)]
    assert [each for part in parts for each in part] == list(range(count))
    assert all(0 < len(part) < count for part in parts)


def test_silence_is_unknown_only_when_the_request_may_have_arrived():
    assert no_answer("not_sent", 1).outcomes[0].verdict is Verdict.RETRY
    assert no_answer("maybe_sent", 1).outcomes[0].verdict is Verdict.UNKNOWN
