"""The decision: may this signal leave as a conversion for this event, and if so as what?

A straight line of gates (gates.py). The first that says no ends it; every gate passed leaves a step in the trace, which
is what *explain this signal* shows. Pure: the same case gives the same decision, today and in a year.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache

from apps.domain.consent import Personalised, consent_told
from apps.domain.decision import Case, Decision, Owed, Verdict
from apps.domain.facts import EventRules
from apps.domain.findings import Blocked, Findings
from apps.domain.gates import gates_of
from apps.domain.shaping import shape_now

_SEND, _HELD = Verdict.SEND, Verdict.HELD


def decide(case: Case, *, network_event_id: str) -> Decision:
    """Judge one signal for one event. The gates of its setting are asked in order and the first no ends it."""
    found = Findings()
    if case.shape.instead is not None:
        shape, why = shape_now(case)
        if why:
            found.note("route", why)
            case = replace(case, shape=shape)
    try:
        for gate in gates_of(case.event, case.account, case.workspace, case.shape):
            gate(case, found)
    except Blocked:
        return Decision(Verdict.BLOCKED, found.reason, found.noted)
    owed = _owed(case, found, network_event_id)
    verdict = _HELD if found.held_by else _SEND
    return Decision(verdict, found.held_by, found.noted, owed, found.expires_at)


def _owed(case: Case, found: Findings, network_event_id: str) -> Owed:
    signal, event = case.signal, case.event
    occurred_at, now = signal.occurred_at, case.now
    return Owed(
        case.shape.key,
        network_event_id,
        event.network_event_name,
        event.destination,
        min(occurred_at, now),  # networks refuse a future that our tolerance let pass
        found.value,
        found.identifiers,
        found.click_kind,
        found.click.value if found.click else "",
        signal,
        case.account,
        case.workspace,
        _options(case, found),
    )


def _options(case: Case, found: Findings) -> Mapping[str, str]:
    contact, (options, score) = case.contact, _of_the_event(case.event)
    if score and (held := contact.properties.get(score)):
        options = {**options, "lead_score": held}
    asked = case.event.consent is not None
    of_consent = (
        consent_told(contact.consent, asked=asked, said=found.personalised)
        if contact.consent
        else _consent_of_rules(asked, found.personalised)
    )
    return {**options, **of_consent} if options else of_consent


@lru_cache(maxsize=1_024)
def _of_the_event(event: EventRules) -> tuple[Mapping[str, str], str]:
    """The event's options as text, and the contact's property that holds a score, "" where none does."""
    options = {name: str(value) for name, value in event.options.items() if value not in (None, "", False)}
    score = options.pop("lead_score_property", "")
    return options, score


@cache
def _consent_of_rules(asked: bool, said: Personalised | None) -> dict[str, str]:
    """What the event's own rules alone say: one of a few answers, which nobody changes."""
    return consent_told({}, asked=asked, said=said)
