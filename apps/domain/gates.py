"""The gates of the decision, in the order they are asked. Each passes, notes, holds, or blocks and so ends it.

A gate is made for a setting: what is the same for all of an event's cases is looked at once, and the rest in each case.
"""

from collections.abc import Mapping
from functools import lru_cache

from apps.domain.consent import Personalised, consent_reason, personalised
from apps.domain.decision import Case, Setting
from apps.domain.facts import Account, EventRules, Trigger, Workspace
from apps.domain.findings import Findings, Gate, Maker, blocking, noting, step_passed
from apps.domain.identity import normalise
from apps.domain.manifest import Shape
from apps.domain.matching import identity_gate
from apps.domain.visit import visit_gate, window_gate
from apps.domain.windows import click_for
from apps.domain.worth import new_value_gate, outlier_gate, value_gate

_FORM_SUBMISSION = Trigger.FORM_SUBMISSION


def _event_on(setting: Setting) -> Gate:
    since, act = setting.event.on_since, setting.event.act
    if since is None:
        return blocking("event_on", "event_off")
    if act is not None:
        return noting(step_passed("event_on", act.code, by=act.by, started_at=act.started_at))
    on, noted = since, step_passed("event_on", on_since=since)

    def gate(case: Case, found: Findings) -> None:
        if case.signal.occurred_at < on:
            found.block("event_on", "before_event", occurred_at=case.signal.occurred_at, on_since=on)
        found.noted.append(noted)

    return gate


def _not_in_the_future(setting: Setting) -> Gate:
    ahead = setting.shape.ahead

    def gate(case: Case, found: Findings) -> None:
        if case.signal.occurred_at > case.now + ahead:
            found.block("clock", "in_the_future", occurred_at=case.signal.occurred_at)

    return gate


def _not_a_repeat(setting: Setting) -> Gate:
    noted = step_passed("repeat")

    def gate(case: Case, found: Findings) -> None:
        if case.signal.kind != _FORM_SUBMISSION:
            return
        if case.repeat_of:
            found.block("repeat", "duplicate", first=case.repeat_of)
        found.noted.append(noted)

    return gate


def _account_fit(setting: Setting) -> Gate:
    account, shape = setting.account, setting.shape
    if account.is_manager and not shape.manager_account_allowed:
        return blocking("account", "manager_account", account=account.external_id)
    if not shape.needs_terms or account.terms_accepted:
        return noting(step_passed("account", account=account.external_id))

    def gate(case: Case, found: Findings) -> None:
        found.hold("account", "terms_not_accepted", account=account.external_id)

    return gate


def _consent(setting: Setting) -> Gate:
    rule = setting.event.consent
    noted = step_passed("consent", property=rule.property) if rule else step_passed("consent", "not_asked")

    def gate(case: Case, found: Findings) -> None:
        contact = case.contact
        if contact.consent and contact.consent.get("ad_user_data") == "denied":
            found.block("consent", "consent_denied", property="ad_user_data")
        if rule is not None and (reason := consent_reason(rule, contact.properties)):
            found.block("consent", reason, property=rule.property)
        found.noted.append(noted)

    return gate


def _personalisation(setting: Setting) -> Gate | None:
    rule = setting.event.personalisation
    if rule is None:
        return None

    def gate(case: Case, found: Findings) -> None:
        found.personalised = personalised(rule, case.contact.properties)
        tell = found.passed if found.personalised is Personalised.GRANTED else found.note
        tell("personalisation", found.personalised.value, property=rule.property)

    return gate


def _lead(setting: Setting) -> Gate | None:
    network = setting.account.network
    if not setting.shape.needs_lead:
        return None

    def gate(case: Case, found: Findings) -> None:
        leads = [
            lead
            for lead in case.contact.clicks.get("lead_id", ())
            if normalise(network=network, field="lead_id", value=lead.value).dropped is None
        ]
        if not leads:
            found.block("lead", "no_lead")
        found.lead = next((lead for lead in leads if lead.first_seen <= case.signal.occurred_at), None)
        if found.lead is None:
            lead_at, occurred_at = leads[-1].first_seen, case.signal.occurred_at
            found.block("lead", "before_lead", lead_at=lead_at, occurred_at=occurred_at)
        found.passed("lead", lead_at=found.lead.first_seen)

    return gate


def _click(setting: Setting) -> Gate | None:
    shape, network = setting.shape, setting.account.network
    if not shape.needs_click:
        return None

    def gate(case: Case, found: Findings) -> None:
        signal, contact = case.signal, case.contact
        if shape.order_id_serves and signal.order_id:
            return
        credited_at = signal.original_occurred_at or signal.occurred_at  # an adjustment has its original's click
        kind, click, reason = click_for(shape, contact, credited_at)
        if reason or click is None:
            left_out = reason == "no_click" and any(contact.clicks.get(kind) for kind in shape.clicks_not_counted)
            why = "click_not_counted" if left_out else reason or "no_click"
            found.block("click", why, occurred_at=credited_at)
        unusable = normalise(network=network, field=kind, value=click.value).dropped
        if unusable:
            found.block("click", "no_click", kind=kind, dropped=str(unusable))
        found.click_kind, found.click = kind, click
        found.passed("click", kind=kind, clicked_at=click.first_seen)

    return gate


GATES: Mapping[str, Maker] = {
    "event_on": _event_on,
    "clock": _not_in_the_future,
    "repeat": _not_a_repeat,
    "account": _account_fit,
    "consent": _consent,
    "personalisation": _personalisation,
    "lead": _lead,
    "click": _click,
    "window": window_gate,
    "visit": visit_gate,
    "identity": identity_gate,
    "value": value_gate,
    "new_value": new_value_gate,
    "outlier": outlier_gate,
}


@lru_cache(maxsize=1_024)
def gates_of(event: EventRules, account: Account, workspace: Workspace, shape: Shape) -> tuple[Gate, ...]:
    """The gates that the cases of this setting go through, in the order of `GATES`. All four equal only themselves."""
    setting = Setting(event, account, workspace, shape)
    return tuple(gate for make in GATES.values() if (gate := make(setting)) is not None)
