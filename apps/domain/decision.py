"""What a decision is asked about, and what it answers: frozen values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from apps.domain.facts import Account, Contact, Deal, EventRules, Signal, Workspace
from apps.domain.manifest import Shape
from apps.domain.money import Money


class Result(StrEnum):
    """How a step ended."""

    PASS = "pass"  # noqa: S105 - a result, not a password
    BLOCK = "block"
    HOLD = "hold"
    NOTE = "note"


class Step(NamedTuple):
    """One thing looked at: its name, how it ended, the code of the rule or reason, and the facts without raw data."""

    step: str
    result: Result
    code: str
    looked_at: Mapping[str, str]


Facts: TypeAlias = Mapping[str, str | datetime]
Noted: TypeAlias = tuple[str, Result, str, Facts]
"""A step as it is taken down while deciding: it becomes a Step, its moments texts, where someone reads the trace."""


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What all cases of an event share: its rules, its ad account, its workspace, and their shape at the network.

    A counterfactual is the same setting with a part replaced (dataclasses.replace).
    """

    event: EventRules
    account: Account
    workspace: Workspace
    shape: Shape


# Nobody changes a case or what is owed for it. The two are not frozen because that makes them six times as slow to
# make, and of both one is made for every signal and event.
@dataclass(slots=True)
class Case:
    """Everything one decision looks at."""

    signal: Signal
    contact: Contact
    deal: Deal | None
    event: EventRules
    account: Account
    workspace: Workspace
    shape: Shape
    now: datetime
    repeat_of: str = ""  # the id of the earlier signal that this one repeats


@dataclass(slots=True)
class Owed:
    """A conversion as it will leave, in no network's words yet; `identifiers` hold what goes on the wire."""

    shape: str
    network_event_id: str
    event_name: str
    destination: str
    occurred_at: datetime
    value: Money | None
    identifiers: Mapping[str, tuple[str, ...]]
    click_kind: str
    click: str
    signal: Signal
    account: Account
    workspace: Workspace
    options: Mapping[str, str]


class Verdict(StrEnum):
    """Whether it leaves: now, never, or when something has been mended."""

    SEND = "send"
    BLOCKED = "blocked"
    HELD = "held"


class Decision(NamedTuple):
    """The verdict with its reason, the trace, and the conversion that is owed unless it is blocked."""

    verdict: Verdict
    reason: str
    noted: Sequence[Noted]
    owed: Owed | None = None
    expires_at: datetime | None = None

    @property
    def trace(self) -> list[Step]:
        """The questions in the order they were asked, moments in ISO 8601 to the second."""
        return [Step(step, result, code, _written(facts)) for step, result, code, facts in self.noted]


def _written(facts: Facts) -> dict[str, str]:
    return {name: fact if isinstance(fact, str) else fact.isoformat(timespec="seconds") for name, fact in facts.items()}
