"""For each reason that a gate gives, the one input to change so that this gate lets the case pass."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from apps.domain.decision import Case, Decision
from apps.domain.facts import Click, Gathered, ValueFrom, ValueRule
from apps.domain.rerun import STAND_INS

Flip = Callable[[Case, Decision], Case]


def flipped(case: Case, decision: Decision) -> Case:
    """The case with nothing changed but what the gate that ended or held it looked at."""
    return FLIPS[decision.reason](case, decision)


def _switched_on(case: Case, decision: Decision) -> Case:
    return replace(case, event=replace(case.event, on_since=case.signal.occurred_at))


def _known_later(case: Case, decision: Decision) -> Case:
    return replace(case, now=case.signal.occurred_at)


def _first(case: Case, decision: Decision) -> Case:
    return replace(case, repeat_of="")


def _client_account(case: Case, decision: Decision) -> Case:
    return replace(case, account=replace(case.account, is_manager=False))


def _terms(case: Case, decision: Decision) -> Case:
    return replace(case, account=replace(case.account, terms_accepted=True))


def _consenting(case: Case, decision: Decision) -> Case:
    rule = case.event.consent
    assert rule is not None
    properties = {**case.contact.properties, rule.property: min(rule.values)}
    return replace(case, contact=replace(case.contact, properties=properties, consent={}))


def _lead(case: Case, decision: Decision) -> Case:
    return _clicked(case, "lead_id")


def _click(case: Case, decision: Decision) -> Case:
    return _clicked(case, case.shape.needs_click[0])


def _clicked(case: Case, kind: str) -> Case:
    at = case.signal.original_occurred_at or case.signal.occurred_at
    clicks = {**case.contact.clicks, kind: (Click(STAND_INS[kind], at),)}
    return replace(case, contact=replace(case.contact, clicks=clicks))


def _in_time(case: Case, decision: Decision) -> Case:
    closed_at = decision.noted[-1][3]["closed_at"]
    return replace(case, now=closed_at)


def _browser(case: Case, decision: Decision) -> Case:
    event = replace(case.event, withheld=case.event.withheld - {"client_user_agent"})
    return replace(case, signal=replace(case.signal, client_user_agent="Mozilla/5.0"), event=event)


def _page(case: Case, decision: Decision) -> Case:
    event = replace(case.event, withheld=case.event.withheld - {"event_source_url"})
    return replace(case, signal=replace(case.signal, event_source_url="https://example.com/"), event=event)


def _taken_source(case: Case, decision: Decision) -> Case:
    return replace(case, signal=replace(case.signal, action_source=case.shape.action_source))


def _known(case: Case, decision: Decision) -> Case:
    return replace(case, contact=replace(case.contact, gathered=Gathered(case.shape.identifiers, {})))


def _worth(case: Case, decision: Decision) -> Case:
    return replace(case, event=replace(case.event, value=ValueRule(ValueFrom.FIXED, Decimal(1), "EUR")))


def _currency(case: Case, decision: Decision) -> Case:
    if case.event.value.source is ValueFrom.SIGNAL:
        return replace(case, signal=replace(case.signal, currency="EUR"))
    assert case.deal is not None
    return replace(case, deal=replace(case.deal, currency="EUR"))


def _new_value(case: Case, decision: Decision) -> Case:
    value = ValueRule(ValueFrom.SIGNAL, None, "EUR")
    event = replace(case.event, value=value)
    return replace(case, signal=replace(case.signal, value=Decimal(1)), event=event)


def _usual(case: Case, decision: Decision) -> Case:
    return replace(case, event=replace(case.event, usual={}))


FLIPS: Mapping[str, Flip] = {
    "event_off": _switched_on,
    "before_event": _switched_on,
    "in_the_future": _known_later,
    "duplicate": _first,
    "manager_account": _client_account,
    "terms_not_accepted": _terms,
    "consent_unknown": _consenting,
    "consent_denied": _consenting,
    "no_lead": _lead,
    "before_lead": _lead,
    "no_click": _click,
    "before_click": _click,
    "click_too_old": _click,
    "click_not_counted": _click,
    "too_old": _in_time,
    "no_user_agent": _browser,
    "no_page_url": _page,
    "bad_page_url": _page,
    "action_source_not_taken": _taken_source,
    "no_identifier": _known,
    "weak_identifiers": _known,
    "no_value": _worth,
    "bad_currency": _currency,
    "no_new_value": _new_value,
    "outlier": _usual,
}
