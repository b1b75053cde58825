"""The gates of the decision, in the order they are asked. Each passes, notes, holds, or blocks and so ends it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from apps.domain.consent import Personalised, consent_reason, personalised
from apps.domain.decision import Case, Noted, Result
from apps.domain.facts import Click, Trigger
from apps.domain.identity import normalise
from apps.domain.manifest import Shape
from apps.domain.matching import OF_THE_VISIT, gather
from apps.domain.money import Money, rounded
from apps.domain.outliers import is_outlier
from apps.domain.value import value_of
from apps.domain.windows import click_for, closes_at

# By name once: looking a member up in its class takes longer than a gate's own question.
_PASS, _BLOCK, _HOLD, _NOTE = Result.PASS, Result.BLOCK, Result.HOLD, Result.NOTE
_FORM_SUBMISSION = Trigger.FORM_SUBMISSION


class Blocked(Exception):
    """A gate said no; the step is in the trace."""


@dataclass(slots=True)
class Findings:
    """What the gates find on their way."""

    noted: list[Noted] = field(default_factory=list)
    reason: str = ""
    click_kind: str = ""
    click: Click | None = None
    lead: Click | None = None
    expires_at: datetime | None = None
    held_by: str = ""
    personalised: Personalised | None = None
    identifiers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    value: Money | None = None

    def passed(self, step: str, code: str = "", **facts: str | datetime) -> None:
        self.noted.append((step, _PASS, code, facts))

    def note(self, step: str, code: str, **facts: str | datetime) -> None:
        self.noted.append((step, _NOTE, code, facts))

    def block(self, step: str, reason: str, **facts: str | datetime) -> None:
        self.noted.append((step, _BLOCK, reason, facts))
        self.reason = reason
        raise Blocked

    def hold(self, step: str, reason: str, **facts: str | datetime) -> None:
        self.noted.append((step, _HOLD, reason, facts))
        self.held_by = reason


Gate: TypeAlias = Callable[[Case, Findings], None]


def _event_on(case: Case, found: Findings) -> None:
    since, act = case.event.on_since, case.event.act
    if since is None:
        return found.block("event_on", "event_off")
    if act is not None:
        return found.passed("event_on", act.code, by=act.by, started_at=act.started_at)
    if case.signal.occurred_at < since:
        found.block("event_on", "before_event", occurred_at=case.signal.occurred_at, on_since=since)
    return found.passed("event_on", on_since=since)


def _not_in_the_future(case: Case, found: Findings) -> None:
    if case.signal.occurred_at > case.now + case.shape.ahead:
        found.block("clock", "in_the_future", occurred_at=case.signal.occurred_at)


def _not_a_repeat(case: Case, found: Findings) -> None:
    if case.signal.kind != _FORM_SUBMISSION:
        return
    if case.repeat_of:
        found.block("repeat", "duplicate", first=case.repeat_of)
    found.passed("repeat")


def _account_fit(case: Case, found: Findings) -> None:
    if case.account.is_manager and not case.shape.manager_account_allowed:
        found.block("account", "manager_account", account=case.account.external_id)
    if case.shape.needs_terms and not case.account.terms_accepted:
        found.hold("account", "terms_not_accepted", account=case.account.external_id)
    else:
        found.passed("account", account=case.account.external_id)


def _consent(case: Case, found: Findings) -> None:
    rule = case.event.consent
    if case.contact.consent.get("ad_user_data") == "denied":
        return found.block("consent", "consent_denied", property="ad_user_data")
    if rule is None:
        return found.passed("consent", "not_asked")
    reason = consent_reason(rule, case.contact.properties)
    if reason:
        found.block("consent", reason, property=rule.property)
    return found.passed("consent", property=rule.property)


def _personalisation(case: Case, found: Findings) -> None:
    rule = case.event.personalisation
    if rule is None:
        return
    found.personalised = personalised(rule, case.contact.properties)
    tell = found.passed if found.personalised is Personalised.GRANTED else found.note
    tell("personalisation", found.personalised.value, property=rule.property)


def _lead(case: Case, found: Findings) -> None:
    network = case.account.network
    leads = [
        lead
        for lead in case.contact.clicks.get("lead_id", ())
        if normalise(network=network, field="lead_id", value=lead.value).dropped is None
    ]
    if not leads:
        return found.block("lead", "no_lead")
    found.lead = next((lead for lead in leads if lead.first_seen <= case.signal.occurred_at), None)
    if found.lead is None:
        lead_at, occurred_at = leads[-1].first_seen, case.signal.occurred_at
        return found.block("lead", "before_lead", lead_at=lead_at, occurred_at=occurred_at)
    return found.passed("lead", lead_at=found.lead.first_seen)


def _click(case: Case, found: Findings) -> None:
    if case.shape.order_id_serves and case.signal.order_id:
        return None
    credited_at = case.signal.original_occurred_at or case.signal.occurred_at  # an adjustment has its original's click
    kind, click, reason = click_for(case.shape, case.contact, credited_at)
    if reason or click is None:
        left_out = reason == "no_click" and any(case.contact.clicks.get(kind) for kind in case.shape.clicks_not_counted)
        why = "click_not_counted" if left_out else reason or "no_click"
        return found.block("click", why, occurred_at=credited_at)
    unusable = normalise(network=case.account.network, field=kind, value=click.value).dropped
    if unusable:
        return found.block("click", "no_click", kind=kind, dropped=str(unusable))
    found.click_kind, found.click = kind, click
    return found.passed("click", kind=kind, clicked_at=click.first_seen)


def _window(case: Case, found: Findings) -> None:
    began = case.signal.original_occurred_at or case.signal.occurred_at  # an adjustment's window is its original's
    source = case.shape.action_sources.get(_action_source(case)) if case.shape.action_sources else None
    found.expires_at = closes_at(case.shape, began, found.click, source.max_age if source else None)
    if found.expires_at is None:
        return
    if case.now > found.expires_at:
        found.block("window", "too_old", closed_at=found.expires_at)
    found.passed("window", closes_at=found.expires_at)


_VISIT_REASONS = {"client_user_agent": "no_user_agent", "event_source_url": "no_page_url"}


def _visit(case: Case, found: Findings) -> None:
    signal = case.signal
    action_source = _action_source(case) if case.shape.action_sources else ""
    needs = _needs(case.shape, action_source)
    if needs is None:
        return found.block("visit", "action_source_not_taken", action_source=action_source)
    for needed in needs.fields:
        if not getattr(signal, needed) or needed in case.event.withheld:
            found.block("visit", _VISIT_REASONS[needed])
    if needs.page and not signal.event_source_url[:8].lower().startswith(_WEB):
        found.block("visit", "bad_page_url")
    if needs.fields:
        found.passed("visit", fields=needs.told)
    return None


class _Needs(NamedTuple):
    """What a visit must bring, also as it is told, and whether the page's address is among it."""

    fields: tuple[str, ...]
    told: str
    page: bool


@lru_cache(maxsize=256)
def _needs(shape: Shape, action_source: str) -> _Needs | None:
    """None: the shape takes nothing that happens there."""
    fields = shape.needs_from_visit
    if shape.action_sources:
        source = shape.action_sources.get(action_source)
        if source is None:
            return None
        fields += source.needs
    return _Needs(fields, ", ".join(fields), "event_source_url" in fields)


_WEB = ("http://", "https://")


def _action_source(case: Case) -> str:
    return case.signal.action_source or case.event.options.get("action_source") or case.shape.action_source


def _identity(case: Case, found: Findings) -> None:
    if not case.shape.identifiers:
        return
    found.identifiers, dropped = gather(case, found.lead)
    for required, riders in case.shape.together:
        if not required <= found.identifiers.keys():
            for name in (required | riders) & found.identifiers.keys():
                del found.identifiers[name]
                dropped[name] = "incomplete_group"
    if dropped:
        found.note("identifiers", "dropped", **dropped)
    _enough(case, found)


def _enough(case: Case, found: Findings) -> None:
    reason, told = _suffices(case.shape, tuple(found.identifiers))
    if reason == "no_identifier":
        found.block("identity", reason, looked_for=told)
    if reason:
        found.block("identity", reason, kept=told)
    found.passed("identity", kept=told)


@lru_cache(maxsize=4_096)
def _suffices(shape: Shape, usable: tuple[str, ...]) -> tuple[str, str]:
    """Why these fields are not enough, "" when they are, and what is told of them."""
    fields = frozenset(usable)
    if shape.needs_match and fields <= OF_THE_VISIT:
        return "no_identifier", ", ".join(shape.identifiers)
    if any(fields <= combination for combination in shape.too_weak):
        return "weak_identifiers", ", ".join(sorted(fields))
    return "", ", ".join(usable)


def _value(case: Case, found: Findings) -> None:
    if not case.shape.takes_value:
        return None
    signal = case.signal
    told = None if signal.value is None else Money(signal.value, signal.currency)
    valued = value_of(case.event.value, case.deal, case.workspace.currency, told)
    if valued.reason:
        found.block("value", valued.reason)
    found.value = valued.money
    name = case.event.network_event_name or signal.name
    if name in case.shape.needs_value and (valued.money is None or valued.money.amount < 0):
        found.block("value", "no_value", event_name=name)
    if valued.money is None:
        return found.passed("value", valued.how)
    return found.passed("value", valued.how, amount=valued.shown, currency=valued.money.currency)


def _new_value(case: Case, found: Findings) -> None:
    if found.value is None:
        found.block("value", "no_new_value")


def _outlier(case: Case, found: Findings) -> None:
    value, usual = found.value, case.event.usual
    if not usual or value is None or value.currency not in usual:
        return
    middle = rounded(usual[value.currency], value.currency)
    told = {"amount": str(value.amount), "currency": value.currency, "usual": str(middle)}
    if is_outlier(value, usual):
        found.hold("outlier", "outlier", **told)
    else:
        found.passed("outlier", **told)


GATES: tuple[Gate, ...] = (
    _event_on,
    _not_in_the_future,
    _not_a_repeat,
    _account_fit,
    _consent,
    _personalisation,
    _lead,
    _click,
    _window,
    _visit,
    _identity,
    _value,
    _new_value,
    _outlier,
)
# The gates that only some shapes need; all others are asked of every case.
_NEEDED: Mapping[Gate, Callable[[Shape], bool]] = {
    _lead: lambda shape: shape.needs_lead,
    _click: lambda shape: bool(shape.needs_click),
    _visit: lambda shape: bool(shape.needs_from_visit or shape.action_sources),
    _new_value: lambda shape: shape.needs_new_value,
}


@lru_cache(maxsize=256)
def gates_of(shape: Shape) -> tuple[Gate, ...]:
    """The gates that a case of this shape goes through, in the order of `GATES`."""
    return tuple(gate for gate in GATES if gate not in _NEEDED or _NEEDED[gate](shape))
