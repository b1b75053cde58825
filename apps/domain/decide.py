"""The decision: may this signal leave as a conversion for this event, and if so as what?

A straight line of gates (gates.py). The first that says no ends it; every gate passed leaves a step in the trace, which
is what *explain this signal* shows. Pure: the same case gives the same decision, today and in a year.
"""

from dataclasses import replace
from functools import cache

from apps.domain.consent import Personalised, consent_told
from apps.domain.decision import Case, Decision, Owed, Verdict
from apps.domain.gates import Blocked, Findings, gates_of
from apps.domain.shaping import shape_now

_SEND, _HELD = Verdict.SEND, Verdict.HELD


def decide(case: Case, *, network_event_id: str) -> Decision:
    """Judge one signal for one event. Its shape's gates are asked in order and the first no ends it."""
    found = Findings()
    if case.shape.instead is not None:
        shape, why = shape_now(case)
        if why:
            found.note("route", why)
            case = replace(case, shape=shape)
    try:
        for gate in gates_of(case.shape):
            gate(case, found)
    except Blocked:
        return Decision(Verdict.BLOCKED, found.reason, found.noted)
    owed = _owed(case, found, network_event_id)
    verdict = _HELD if found.held_by else _SEND
    return Decision(verdict, found.held_by, found.noted, owed, found.expires_at)


def _owed(case: Case, found: Findings, network_event_id: str) -> Owed:
    return Owed(
        shape=case.shape.key,
        network_event_id=network_event_id,
        event_name=case.event.network_event_name,
        destination=case.event.destination,
        occurred_at=min(case.signal.occurred_at, case.now),  # networks refuse a future that our tolerance let pass
        value=found.value,
        identifiers=found.identifiers,
        click_kind=found.click_kind,
        click=found.click.value if found.click else "",
        signal=case.signal,
        account=case.account,
        workspace=case.workspace,
        options=_options(case, found),
    )


def _options(case: Case, found: Findings) -> dict[str, str]:
    contact, options = case.contact, dict[str, str]()
    if case.event.options:
        options = {name: str(value) for name, value in case.event.options.items() if value not in (None, "", False)}
        score = options.pop("lead_score_property", "")
        if score and (held := contact.properties.get(score)):
            options["lead_score"] = held
    asked = case.event.consent is not None
    if contact.consent:
        return options | consent_told(contact.consent, asked=asked, said=found.personalised)
    of_consent = _consent_of_rules(asked, found.personalised)
    return options | of_consent if options else of_consent


@cache
def _consent_of_rules(asked: bool, said: Personalised | None) -> dict[str, str]:
    """What the event's own rules alone say: one of a few answers, which nobody changes."""
    return consent_told({}, asked=asked, said=said)
