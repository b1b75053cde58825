"""What the gates find on their way, and how they take it down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn, TypeAlias

from apps.domain.consent import Personalised
from apps.domain.decision import Case, Noted, Result, Setting
from apps.domain.facts import Click
from apps.domain.money import Money

# By name once: looking a member up in its class takes longer than a gate's own question.
_PASS, _BLOCK, _HOLD, _NOTE = Result.PASS, Result.BLOCK, Result.HOLD, Result.NOTE


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

    def block(self, step: str, reason: str, **facts: str | datetime) -> NoReturn:
        self.noted.append((step, _BLOCK, reason, facts))
        self.end(reason)

    def end(self, reason: str) -> NoReturn:
        """The step that was taken down last said no."""
        self.reason = reason
        raise Blocked

    def hold(self, step: str, reason: str, **facts: str | datetime) -> None:
        self.noted.append((step, _HOLD, reason, facts))
        self.held_by = reason


Gate: TypeAlias = Callable[[Case, Findings], None]
"""Asks one question of a case."""

Maker: TypeAlias = Callable[[Setting], Gate | None]
"""Makes the gate of a setting, with all in it that is the same for every case; None: it asks nothing there."""


def step_passed(step: str, code: str = "", **facts: str | datetime) -> Noted:
    """A step that many cases share. Nobody changes it."""
    return step, _PASS, code, facts


def noting(noted: Noted) -> Gate:
    """A gate that every case passes in the same way."""

    def gate(case: Case, found: Findings) -> None:
        found.noted.append(noted)

    return gate


def blocking(step: str, reason: str, **facts: str | datetime) -> Gate:
    """A gate that no case passes."""

    def gate(case: Case, found: Findings) -> None:
        found.block(step, reason, **facts)

    return gate
