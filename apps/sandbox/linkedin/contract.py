"""What LinkedIn refuses in a call: first the structure of every element, then the rules, then the times.

A call is atomic: one fault anywhere and nothing is stored.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apps.sandbox.linkedin import schema, versions
from apps.sandbox.linkedin.door import ROLES
from apps.sandbox.worlds.linkedin import LinkedInWorld, Token

LIMIT = 5000
OLDEST = timedelta(days=90)
NAMES = (("firstName", "lastName"), ("hashedFirstName", "hashedLastName"))
INCORRECT = "Incorrect conversions information provided."
NO_IDENTIFIER = "/user :: at least one of userIds, userInfo, externalIds or lead must identify the member"

Element = Mapping[str, Any]


@dataclass(frozen=True)
class Breach:
    """Why a call is refused: the status, LinkedIn's message, and the guilty elements with their reasons."""

    status: int
    message: str
    guilty: Mapping[int, str] = field(default_factory=dict)
    code: str | None = None


def structure(elements: Sequence[object], *, version: str, batch: bool) -> Breach | None:
    """Return all structural faults as one 422, or None. Only a batch says which element, on an element's first line."""
    kind = schema.element(version)
    lines, guilty = [], {}
    for index, element in enumerate(elements):
        found = list(_element_faults(kind, element, version))
        if found:
            guilty[index] = found[0]
            first = f"Index: {index}, " if batch else ""
            lines += [f"{first if place == 0 else ''}ERROR :: {fault}" for place, fault in enumerate(found)]
    return Breach(422, "".join(f"{line}\n" for line in lines), guilty) if lines else None


def rules(elements: Sequence[Element], *, world: LinkedInWorld, token: Token) -> Breach | None:
    """Return the refusal of rules that are unknown, out of reach, or not fed by this API."""
    wrong_method = {}
    for index, element in enumerate(elements):
        rule = world.rule_by_id.get(rule_id(element))
        if rule is None or rule.account not in token.accounts or token.role not in ROLES:
            return Breach(
                403,
                "No ad accounts found",
                {index: f"rule {rule_id(element)} is unknown or out of reach"},
                "ACCESS_DENIED",
            )
        if rule.method != "CONVERSIONS_API":
            wrong_method[index] = f"rule {rule.id} is of method {rule.method}"
    if not wrong_method:
        return None
    text = "Conversion's method should be CONVERSIONS_API"
    return Breach(400, f"{INCORRECT} {text}, {_indices(wrong_method)}", wrong_method)


def times(elements: Sequence[Element], *, now: datetime) -> Breach | None:
    """Return the refusal of events older than 90 days or in the future."""
    latest = round(now.timestamp() * 1000)
    earliest = latest - round(OLDEST.total_seconds() * 1000)
    guilty = {
        index: "conversionHappenedAt is not within the past 90 days"
        for index, element in enumerate(elements)
        if not earliest <= element["conversionHappenedAt"] <= latest
    }
    if not guilty:
        return None
    text = "conversionHappenedAt must be within 90 days and not exceed current time"
    return Breach(400, f"{INCORRECT} {text}, {_indices(guilty)}", guilty)


def rule_id(element: Element) -> str:
    """Return the id of the element's conversion rule."""
    return str(element["conversion"]).rpartition(":")[2]


def _indices(guilty: Mapping[int, str]) -> str:
    return f"indices {sorted(guilty)} (0-indexed)"


def _element_faults(kind: schema.Record, element: object, version: str) -> Iterator[str]:
    found = list(schema.faults(kind, element))
    yield from found
    user = element.get("user") if isinstance(element, dict) else None
    if not isinstance(user, dict):
        return
    info = user.get("userInfo")
    if isinstance(info, dict):
        yield from _name_faults(info)
    if not found and not _identified(user, version):
        yield NO_IDENTIFIER


def _name_faults(info: Element) -> Iterator[str]:
    # The two names come together or not at all, plain or hashed; a userInfo without any misses the plain ones.
    used = next((pair for pair in NAMES if any(info.get(name) for name in pair)), NAMES[0])
    for name in used:
        if not info.get(name):
            yield f"/user/userInfo/{name} :: {schema.MISSING}"


def _identified(user: Element, version: str) -> bool:
    others = user["userIds"] or user.get("userInfo") or user.get("externalIds")
    return bool(others or (user.get("lead") and version >= versions.LEAD_ALONE_SINCE))
