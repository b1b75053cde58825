"""Where and when it happened: the network's window, and what a visit must have brought."""

from typing import NamedTuple

from apps.domain.decision import Case, Noted, Setting
from apps.domain.findings import Findings, Gate, step_passed
from apps.domain.windows import closing_of

_REASONS = {"client_user_agent": "no_user_agent", "event_source_url": "no_page_url"}
_WEB = ("http://", "https://")


def window_gate(setting: Setting) -> Gate:
    """Whether the network still takes it, and until when. An adjustment's window is its original's."""
    shape = setting.shape
    # Most networks have one window wherever it happened.
    sources = shape.action_sources if any(source.max_age for source in shape.action_sources.values()) else {}
    chosen = setting.event.options.get("action_source") or shape.action_source
    closing = closing_of(shape)

    def gate(case: Case, found: Findings) -> None:
        signal = case.signal
        began = signal.original_occurred_at or signal.occurred_at
        source = sources.get(signal.action_source or chosen) if sources else None
        ends = closing(began, found.click, source.max_age if source else None)
        if ends is None:
            return
        found.expires_at = ends
        if case.now > ends:
            found.block("window", "too_old", closed_at=ends)
        found.passed("window", closes_at=ends)

    return gate


class _Needs(NamedTuple):
    """What a visit must bring, as it is told when all of it is there, and whether the page's address is among it."""

    fields: tuple[str, ...]
    told: Noted
    page: bool


def visit_gate(setting: Setting) -> Gate | None:
    """Whether the visit brought what the shape, and the place where it happened, ask for."""
    shape, withheld = setting.shape, setting.event.withheld
    if not shape.needs_from_visit and not shape.action_sources:
        return None
    chosen = setting.event.options.get("action_source") or shape.action_source
    needed = {name: _needs(shape.needs_from_visit + source.needs) for name, source in shape.action_sources.items()}
    anywhere = None if shape.action_sources else _needs(shape.needs_from_visit)

    def gate(case: Case, found: Findings) -> None:
        signal = case.signal
        needs = anywhere or needed.get(signal.action_source or chosen)
        if needs is None:
            found.block("visit", "action_source_not_taken", action_source=signal.action_source or chosen)
        for name in needs.fields:
            if not getattr(signal, name) or name in withheld:
                found.block("visit", _REASONS[name])
        if needs.page and not signal.event_source_url[:8].lower().startswith(_WEB):
            found.block("visit", "bad_page_url")
        if needs.fields:
            found.noted.append(needs.told)

    return gate


def _needs(fields: tuple[str, ...]) -> _Needs:
    return _Needs(fields, step_passed("visit", fields=", ".join(fields)), "event_source_url" in fields)
