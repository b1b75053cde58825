"""The decision: may this signal leave as a conversion for this event, and if so as what?

A straight line of gates (gates.py). The first that says no ends it; every gate passed leaves a step in the trace, which
is what *explain this signal* shows. Pure: the same case gives the same decision, today and in a year.
"""

from dataclasses import replace

from apps.domain.consent import consent_told
from apps.domain.decision import Case, Decision, Owed, Verdict
from apps.domain.gates import Blocked, Findings, gates_of
from apps.domain.shaping import shape_now

_SEND, _HELD = Verdict.SEND, Verdict.HELD


def decide(case: Case, *, network_event_id: str) -> Decision:
    """Judge one signal for one event. Its shape's gates are asked in order and the first no ends it."""
    found = Findings()
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
    contact, options = case.contact, {}
    if case.event.options:
        options = {name: str(value) for name, value in case.event.options.items() if value not in (None, "", False)}
        score = options.pop("lead_score_property", "")
        if score and (held := contact.properties.get(score)):
            options["lead_score"] = held
    if contact.consent or case.event.consent is not None or found.personalised is not None:
        options |= consent_told(contact.consent, asked=case.event.consent is not None, said=found.personalised)
    return options
