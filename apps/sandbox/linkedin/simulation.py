"""The "Matching" view: what the accepted events would find, and counters that run hours behind. All simulated."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.sandbox.currencies import ISO_4217
from apps.sandbox.jsonview import speaks_json
from apps.sandbox.linkedin.contract import rule_id
from apps.sandbox.linkedin.matching import Match, matches
from apps.sandbox.models import Received, State
from apps.sandbox.render import rendered
from apps.sandbox.world import current
from apps.sandbox.worlds.linkedin import LinkedInWorld, Rule

# Enough for a rehearsal; older events keep what they taught only while they are among these.
MOST_LOOKED_AT = 2000
MOST_SHOWN = 100
VALUELESS = "dropped in processing: it has no amount in a currency that exists"


@dataclass(frozen=True)
class Seen:
    """An accepted event, what it found, and whether that is attributed to a campaign."""

    row: Received
    rule: Rule | None
    match: Match
    valueless: bool = False

    @property
    def attributed(self) -> bool:
        """Return whether it counts for a campaign: matched, worth something, by a rule that is on and linked to one."""
        return not self.why_not

    @property
    def why_not(self) -> tuple[str, ...]:
        """Return why it does not count for a campaign."""
        if not self.match.member:
            return self.match.why_not
        if self.valueless:
            return (VALUELESS,)
        if self.rule is None:
            return ("its rule is gone",)
        if not self.rule.enabled:
            return ("its rule is disabled",)
        return () if self.rule.campaigns else ("its rule is linked to no campaign",)


def look(world: LinkedInWorld) -> list[Seen]:
    """Return the accepted events, the newest first, each with what it found."""
    rows = Received.objects.filter(network="linkedin", state=State.ACCEPTED).order_by("-id")[:MOST_LOOKED_AT]
    arrived = list(rows)[::-1]
    elements = [orjson.loads(row.body) for row in arrived]
    rules = [world.rule_by_id.get(rule_id(element)) for element in elements]
    found = matches(world, elements)
    valueless = [world.drops_valueless and not _worth(element) for element in elements]
    return [Seen(*each) for each in zip(arrived, rules, found, valueless, strict=True)][::-1]


def _worth(element: Mapping[str, Any]) -> bool:
    """Whether it has an amount in a currency that exists."""
    value = element.get("conversionValue") or {}
    return bool(value.get("amount")) and value.get("currencyCode") in ISO_4217


def counters(world: LinkedInWorld, seen: Sequence[Seen], now: datetime) -> list[dict[str, object]]:
    """Return per rule when data was last received, which moves at once, and the counts, which run behind."""
    settled = now - timedelta(seconds=world.counter_lag)
    shown: list[dict[str, object]] = []
    for rule in world.rules:
        mine = [each for each in seen if each.rule == rule]
        counted = [each for each in mine if each.row.received_at <= settled]
        shown.append(
            {
                "rule": rule.id,
                "name": rule.name,
                "last_received_at": max((each.row.received_at for each in mine), default=None),
                "received": len(counted),
                "matched": _count(bool(each.match.member) for each in counted),
                "attributed": _count(each.attributed for each in counted),
                "not_yet_counted": len(mine) - len(counted),
            }
        )
    return shown


def _count(flags: Iterable[bool]) -> int:
    return sum(flags)


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show it to a person."""
    everything, now = current()
    seen = look(everything.linkedin)
    context = {
        "counters": counters(everything.linkedin, seen, now),
        "items": seen[:MOST_SHOWN],
        "members": everything.linkedin.members,
        "lag_hours": round(everything.linkedin.counter_lag / 3600, 1),
        "now": now,
    }
    return rendered(request, "linkedin_matching.html", context)


@require_GET
@speaks_json
def report(request: HttpRequest) -> object:
    """Return it as JSON, with no value that a person could be told by."""
    everything, now = current()
    seen = look(everything.linkedin)
    events = [
        {
            "id": each.row.pk,
            "key": each.row.key,
            "member": each.match.member or None,
            "by": each.match.by or None,
            "attributed": each.attributed,
            "why_not": each.why_not,
        }
        for each in seen
    ]
    return {"simulation": True, "rules": counters(everything.linkedin, seen, now), "events": events}
