"""What has to hold after every fault, read from both sides: the product's rows, and what the sandbox received."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import requests

from apps.conversions.models import Conversion
from apps.core.tenancy import workspace_scope
from apps.domain.states import State
from apps.pipeline.conservation import balance_of
from apps.workspaces.models import Workspace
from tests.faults.tally import COUNTED

REACHED = {State.SENT, State.CONFIRMED}
AT_ONCE = 1000
# Where a request's conversions stand in its body, and what each is known by, the most telling first.
LISTS = ("data", "conversions", "conversionAdjustments", "events", "elements")
IDS = ("event_id", "eventId", "orderId", "transactionId")
PLACES = ("conversion", "conversionAction")  # where an element says which of the places it goes to that share an id
Item = Mapping[str, Any]


@dataclass
class Found:
    """What is not as it has to be, by what conversions are known by at the networks; `others` are sentences."""

    lost: list[str] = field(default_factory=list)  # counted as sent, and no network has it
    accepted_twice: list[str] = field(default_factory=list)
    bytes_differ: list[str] = field(default_factory=list)  # between two tries, or from what was frozen
    others: list[str] = field(default_factory=list)
    signals: int = 0

    def held(self) -> "Found":
        """Itself, once it was counted, if nothing was found. Raises AssertionError with all of it otherwise."""
        COUNTED.update(
            lost=len(self.lost), accepted_twice=len(self.accepted_twice), bytes_differ=len(self.bytes_differ)
        )
        assert self == Found(signals=self.signals), self
        return self


def items_received(sandbox_url: str) -> list[Item]:
    """Every conversion that ever reached the sandbox, the first first."""
    items: list[Item] = []
    after: int | None = None
    while True:
        wanted = {"limit": AT_ONCE} | ({"after": after} if after else {})
        answer = requests.get(f"{sandbox_url}/_sandbox/ledger", params=wanted, timeout=30)
        answer.raise_for_status()
        page = answer.json()
        items += page["items"]
        after = page["next"]
        if after is None:
            return items[::-1]


def differences(workspaces: Iterable[Workspace], items: Sequence[Item], *, amended: bool = False) -> Found:
    """Hold the workspaces' rows against what was received. Call outside any scope.

    `amended`: a part that a network refused was left out once (ADR 9), so that bytes may differ.
    """
    found = Found()
    by_key: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_key[known_by(item["body"])].append(item)
    by_key.pop("", None)
    rows: dict[str, Conversion] = {}
    for workspace in workspaces:
        rows |= _rows_of(workspace, found)
    for key, tries in by_key.items():
        _look_at_tries(key, tries, rows.get(key), found, amended=amended)
    for key, row in rows.items():
        taken = any(item["state"] == "accepted" for item in by_key.get(key, ()))
        if row.state in REACHED and not taken:
            found.lost.append(key)
    return found


def conserved(*workspaces: Workspace, sandbox_url: str, amended: bool = False) -> Found:
    """Assert all of it: every judged signal in one state, both ledgers equal, once each, the same bytes on each try."""
    return differences(workspaces, items_received(sandbox_url), amended=amended).held()


def bytes_changed(bodies: Iterable[bytes], frozen: Mapping[str, str]) -> list[str]:
    """What left with other bytes than were frozen, by what it is known by. `bodies` are requests as they left."""
    changed: list[str] = []
    for body in bodies:
        place = 0
        for known in _ids_in(body):
            payload = frozen.get(known, "").encode()
            at = body.find(payload, place) if payload else place
            changed += [known] if at < 0 else []
            place = max(place, at + len(payload))
    return changed


def known_by(element: object) -> str:
    """What a network knows an element by; nothing for what is none."""
    told = element if isinstance(element, Mapping) else {}
    number, place = (next((str(told[name]) for name in names if told.get(name)), "") for names in (IDS, PLACES))
    return f"{number} {place}".strip() if number else ""


def _ids_in(body: bytes) -> list[str]:
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []  # cut off on its way
    elements = next((request[name] for name in LISTS if name in request), []) if isinstance(request, dict) else []
    return [known_by(each) for each in elements]


def _rows_of(workspace: Workspace, found: Found) -> dict[str, Conversion]:
    """The workspace's conversions by what they are known by; its own books are looked at on the way."""
    balance = balance_of(workspace)
    if balance.judged != sum(balance.by_state.values()):
        found.others.append(f"{workspace.id}: {balance.judged} judged, {dict(balance.by_state)}")
    found.others += [f"{workspace.id}: {each.check} {each.count}" for each in balance.differences]
    found.signals += balance.judged
    with workspace_scope(workspace.id):
        rows = Conversion.objects.exclude(payload="").defer("trace", "asked")
        return {known_by(orjson.loads(row.payload)): row for row in rows}


def _look_at_tries(key: str, tries: Sequence[Item], row: Conversion | None, found: Found, *, amended: bool) -> None:
    if sum(item["state"] == "accepted" for item in tries) > 1:
        found.accepted_twice.append(key)
    bodies = {orjson.dumps(item["body"], option=orjson.OPT_SORT_KEYS) for item in tries}
    if row is not None:
        bodies.add(orjson.dumps(orjson.loads(row.payload), option=orjson.OPT_SORT_KEYS))
    if len(bodies) > 1 and not amended:
        found.bytes_differ.append(key)
    accepted = any(item["state"] == "accepted" for item in tries)
    if accepted and row is not None and row.state not in REACHED and not _in_doubt(row):
        found.others.append(f"{key}: a network has it, and here it is {row.state}")


def _in_doubt(row: Conversion) -> bool:
    """Whether the product itself says that it may have been taken."""
    return row.doubtful_since is not None or row.state in (State.SENDING, State.FAILED)
