from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.decide import decide
from apps.domain.decision import Case, Decision, Result, Verdict
from apps.domain.facts import Account, Click, Contact, ValueFrom, ValueRule
from apps.domain.gates import GATES
from apps.domain.manifest import Source
from apps.domain.reasons import REASONS
from apps.domain.steps import PASSED, TITLES
from tests.domain.cases import CLICK, ENHANCEMENT, HAPPENED, LEAD, NOW, WEB, case, click
from tests.support.reasons import AFTER_JUDGING


def judged(of: Case) -> Decision:
    return decide(of, network_event_id="c1")


def google(**changes: object) -> Case:
    contact = Contact({"email": "jo@example.com", "consent": "yes"}, {"gclid": (click(10),)})
    return case(**{"shape": CLICK, "account": Account("google", "1"), "contact": contact, **changes})


def lead(**changes: object) -> Case:
    contact = Contact(
        {"email": "jo@example.com", "consent": "yes"},
        {"lead_id": (Click("123456789012345", HAPPENED - timedelta(days=2)),)},
    )
    return case(**{"shape": LEAD, "contact": contact, "signal__kind": "stage_change", **changes})


def test_it_sends_a_signal_that_passes_every_gate():
    decision = judged(case())
    assert (decision.verdict, decision.reason) == (Verdict.SEND, "")
    assert decision.owed is not None
    assert decision.owed.value is not None
    assert (decision.owed.value.amount, decision.owed.value.currency) == (Decimal("400.00"), "EUR")
    assert decision.expires_at == HAPPENED + timedelta(days=7) - timedelta(hours=1)


SOURCED = replace(
    WEB,
    needs_from_visit=(),
    action_sources={
        "website": Source(needs=("client_user_agent", "event_source_url")),
        "shop": Source(max_age=timedelta(days=62)),
    },
    action_source="website",
    needs_value=frozenset({"Purchase"}),
)


def test_it_gives_an_action_source_its_own_needs_and_window():
    in_shop = {"signal__action_source": "shop", "signal__client_user_agent": ""}
    decision = judged(case(shape=SOURCED, **in_shop))
    assert decision.verdict is Verdict.SEND
    assert decision.expires_at == HAPPENED + timedelta(days=62) - timedelta(hours=1)
    by_event = case(shape=SOURCED, event__options={"action_source": "shop"}, signal__client_user_agent="")
    assert judged(by_event).verdict is Verdict.SEND


BLOCKED = {
    "event_off": case(event__on_since=None),
    "before_event": case(event__on_since=HAPPENED + timedelta(seconds=1)),
    "in_the_future": case(signal__occurred_at=NOW + timedelta(minutes=6)),
    "duplicate": case(repeat_of="s0"),
    "manager_account": case(shape=ENHANCEMENT, account=Account("google", "1", is_manager=True)),
    "consent_unknown": case(contact=Contact({"email": "jo@example.com"})),
    "consent_denied": case(contact=Contact({"email": "jo@example.com", "consent": "no"})),
    "no_lead": lead(contact=Contact({"email": "jo@example.com", "consent": "yes"})),
    "before_lead": lead(
        contact=Contact({"consent": "yes"}, {"lead_id": (Click("123456789012345", HAPPENED + timedelta(seconds=1)),)})
    ),
    "no_click": google(contact=Contact({"consent": "yes"})),
    "before_click": google(contact=Contact({"consent": "yes"}, {"gclid": (click(-1),)})),
    "click_too_old": google(contact=Contact({"consent": "yes"}, {"gclid": (click(91),)})),
    "too_old": case(signal__occurred_at=NOW - timedelta(days=7)),
    "no_user_agent": case(signal__client_user_agent=""),
    "no_page_url": case(signal__event_source_url=""),
    "no_identifier": case(contact=Contact({"consent": "yes", "email": "not an address"})),
    "weak_identifiers": case(
        contact=Contact({"consent": "yes", "firstname": "Jo"}), event__shared=frozenset({"firstname"})
    ),
    "bad_page_url": case(shape=SOURCED, signal__event_source_url="example.com/contact"),
    "action_source_not_taken": case(shape=SOURCED, signal__action_source="app"),
    "no_value": case(shape=SOURCED, event__network_event_name="Purchase", event__value=ValueRule(ValueFrom.NONE)),
    "bad_currency": case(deal__currency="XXQ"),
    "click_not_counted": google(
        shape=replace(CLICK, needs_click=("gclid",), clicks_not_counted=("wbraid",)),
        contact=Contact({"consent": "yes"}, {"wbraid": (click(10),)}),
    ),
    "no_new_value": google(shape=replace(CLICK, needs_new_value=True), event__value=ValueRule(ValueFrom.NONE)),
}


@pytest.mark.parametrize("reason", BLOCKED)
def test_it_blocks_and_the_trace_ends_with_the_gate_that_said_no(reason):
    decision = judged(BLOCKED[reason])
    assert (decision.verdict, decision.reason) == (Verdict.BLOCKED, reason)
    assert decision.owed is None
    assert decision.trace[-1].result is Result.BLOCK
    assert decision.trace[-1].code == reason


def test_every_reason_that_can_block_is_shown_to_block():
    assert BLOCKED.keys() == REASONS.keys() - AFTER_JUDGING - {"outlier", "terms_not_accepted"}  # these two hold


def test_it_holds_while_googles_terms_are_not_accepted():
    waiting = case(shape=ENHANCEMENT, account=Account("google", "1", terms_accepted=False))
    decision = judged(waiting)
    assert (decision.verdict, decision.reason) == (Verdict.HELD, "terms_not_accepted")
    assert decision.owed is not None


def test_it_shares_only_what_the_event_shares_and_what_the_network_always_gets():
    decision = judged(case(event__shared=frozenset({"email"})))
    assert decision.owed is not None
    assert set(decision.owed.identifiers) == {"email", "client_user_agent"}


def test_it_sends_every_value_of_a_property_that_holds_several():
    contact = Contact({"consent": "yes", "email": "jo@example.com"}, more={"email": ("jo@work.example", "broken")})
    decision = judged(case(contact=contact))
    assert decision.owed is not None
    assert len(decision.owed.identifiers["email"]) == 2


def test_b03_it_keeps_back_what_the_event_withholds():
    decision = judged(case(event__withheld=frozenset({"client_ip_address"})))
    assert decision.owed is not None
    assert "client_ip_address" not in decision.owed.identifiers


def test_consent_that_the_site_says_was_denied_outweighs_any_property():
    contact = Contact({"consent": "yes", "email": "jo@example.com"}, consent={"ad_user_data": "denied"})
    assert judged(case(contact=contact)).reason == "consent_denied"


def test_it_leaves_out_half_an_address_with_a_reason_and_keeps_the_rest():
    contact = Contact({"consent": "yes", "email": "jo@example.com", "firstname": "Jo", "lastname": "Bos"})
    decision = judged(case(shape=ENHANCEMENT, account=Account("google", "1"), contact=contact))
    assert decision.owed is not None
    assert set(decision.owed.identifiers) == {"email"}
    dropped = next(step for step in decision.trace if step.step == "identifiers").looked_at
    assert dropped["firstname"] == dropped["lastname"] == "incomplete_group"


def test_it_credits_the_latest_click_before_the_signal():
    late, early = click(1, "Cj0KCQiA_late_late_late_late"), click(20, "Cj0KCQiA_early_early_early")
    contact = Contact({"consent": "yes"}, {"gclid": (click(-2), late, early)})
    decision = judged(google(contact=contact))
    assert decision.owed is not None
    assert decision.owed.click == late.value


def test_b06_it_names_the_lead_that_the_stage_followed_and_skips_ids_that_are_none():
    leads = {"123456789012345": 2, "987654321098765": -1, "1.23457E+14": 1}
    clicks = tuple(Click(value, HAPPENED - timedelta(days=days)) for value, days in leads.items())
    latest_first = tuple(sorted(clicks, key=lambda each: each.first_seen, reverse=True))
    decision = judged(lead(contact=Contact({"consent": "yes"}, {"lead_id": latest_first})))
    assert decision.owed is not None
    assert decision.owed.identifiers["lead_id"] == ("123456789012345",)


def test_a_click_is_good_for_exactly_ninety_days():
    on_the_day = google(contact=Contact({"consent": "yes"}, {"gclid": (click(90),)}), now=HAPPENED)
    decision = judged(on_the_day)
    assert decision.reason == "too_old"  # the margin before the network's own limit
    assert "click_too_old" not in {step.code for step in decision.trace}


def test_it_claims_granted_consent_only_when_a_rule_was_passed():
    asked, not_asked = judged(case()), judged(case(event__consent=None))
    assert asked.owed is not None
    assert not_asked.owed is not None
    assert asked.owed.options["ad_user_data"] == "granted"
    assert "ad_user_data" not in not_asked.owed.options


def test_the_trace_never_holds_raw_personal_data():
    for decided in [judged(case()), *(judged(each) for each in BLOCKED.values())]:
        assert "jo@example.com" not in str(decided.trace)
        assert "8.8.8.8" not in str(decided.trace)


def test_every_step_has_a_title_and_every_passed_one_a_sentence():
    traces = [judged(case()), judged(google()), judged(lead()), judged(case(event__consent=None))]
    for step in (step for decision in traces for step in decision.trace):
        assert step.step in TITLES
        assert (step.step, step.code) in PASSED


@given(
    gates=st.permutations(sorted(BLOCKED)).map(lambda reasons: reasons[0]),
    seconds=st.integers(0, 3600),
)
def test_the_same_case_always_gives_the_same_decision(gates, seconds):
    one = replace(BLOCKED[gates], now=NOW + timedelta(seconds=seconds))
    assert judged(one) == judged(one)


@given(
    on_since=st.none() | st.integers(-1000, 1000),
    consent=st.sampled_from(["yes", "no", "", "YES ", "maybe;yes"]),
    age=st.integers(-600, 900_000),
    email=st.sampled_from(["jo@example.com", "", "broken"]),
    url=st.sampled_from(["https://example.com", ""]),
)
def test_it_sends_exactly_when_no_gate_objects(on_since, consent, age, email, url):
    happened = NOW - timedelta(seconds=age)
    since = None if on_since is None else happened + timedelta(seconds=on_since)
    decision = judged(
        case(
            signal__occurred_at=happened,
            signal__event_source_url=url,
            event__on_since=since,
            contact=Contact({"consent": consent, "email": email}),
        )
    )
    objections = [
        since is None or since > happened,
        happened > NOW + timedelta(minutes=5),
        consent.strip().lower() not in ("yes", "maybe;yes"),
        happened + timedelta(days=7) - timedelta(hours=1) < NOW,
        not url,
        email != "jo@example.com",
    ]
    assert (decision.verdict is Verdict.SEND) == (not any(objections))
    assert len(decision.trace) <= len(GATES) + 1
