"""Ad accounts and pixels as convsync shows them, and a new pixel.

Facts of a pixel that are told of an event stand under `event:NAME` (how often it arrived lately), `quality:NAME` (event
match quality, 0 to 10) and `freshness:NAME` (how soon convsync's own events arrive); `custom_conversion:NAME` has the
type of event that a custom conversion of it counts as.

Sources: developers.facebook.com/docs/marketing-api/reference/ad-account/adspixels (a new pixel; code 6200: the account
has one), developers.facebook.com/documentation/ads-commerce/conversions-api/dataset-quality-api.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.ads.answers import part, parts, text
from apps.ads.counts import Counted, Counts, number
from apps.ads.found import FoundAccount, FoundDestination, Makes, NewDestination
from apps.ads.networks.facebook import discover
from apps.ads.networks.facebook.assets import (
    DISABLE_REASONS,
    STATUSES,
    TASKS,
    Account,
    CustomConversion,
    Pixel,
    SeenEvent,
)
from apps.ads.networks.facebook.client import get, post
from apps.ads.networks.facebook.graph import Row, answer
from apps.ads.networks.facebook.write import PARTNER_AGENT
from apps.ads.wire import Inquiry, Refused, T, Target, unreadable
from apps.domain.outcome import Outcome, Verdict
from apps.domain.reasons import Who

PIXEL = "pixel"
MAKES = (Makes(PIXEL, "Pixel (dataset)"),)
_QUALITY = "web{event_name,event_match_quality,data_freshness}"


@dataclass(frozen=True, slots=True)
class Quality:
    """What Facebook thinks of the web events of one name that convsync sent."""

    name: str
    score: str
    freshness: str


def accounts(target: Target) -> Inquiry[Sequence[FoundAccount]]:
    """The ad accounts of the token, those that belong to no Business Manager marked (B01). Raises Refused."""
    found = yield from discover.ad_accounts(target)
    personal = yield from discover.personal_ad_accounts(target)
    return [_account(each, personal) for each in found]


def destinations(target: Target) -> Inquiry[Sequence[FoundDestination]]:
    """The pixels of the target's account, with what they received lately. Raises Refused.

    A pixel that the token was not assigned to is there with the caution `not_assigned`.
    """
    found = yield from discover.pixels(target)
    customs = (yield from _allowed(discover.custom_conversions(target))) or ()
    told = []
    for pixel in found:
        seen = yield from _allowed(discover.seen_events(target, pixel.id))
        qualities = (yield from _allowed(quality(target, pixel.id))) or ()
        told.append(_pixel(pixel, seen, [each for each in customs if each.pixel_id == pixel.id], qualities))
    return told


def make(target: Target, new: NewDestination) -> Inquiry[FoundDestination]:
    """A pixel of that name (B02). Raises Refused, with 6200 where the account may have no other."""
    if new.kind != PIXEL:
        raise Refused(Outcome(Verdict.REFUSED, "unknown_kind", Who.OPERATOR))
    found = yield from discover.pixels(target)
    known = next((each for each in found if each.name == new.name), None)
    if known is not None:
        return _pixel(known, (), (), ())
    made = answer((yield post(target, f"{discover.account_of(target)}/adspixels", {"name": new.name})))
    pixel_id = text(made.get("id"))
    if not pixel_id:
        raise unreadable()
    return FoundDestination(PIXEL, pixel_id, new.name)


def quality(target: Target, pixel_id: str) -> Inquiry[Sequence[Quality]]:
    """How well Facebook can match the web events that convsync sent to a pixel. Raises Refused."""
    asked = {"dataset_id": pixel_id, "agent_name": PARTNER_AGENT, "fields": _QUALITY}
    rows = parts(answer((yield get(target, "dataset_quality", asked))), "web")
    return [each for each in map(_quality_of, rows) if each.name]


def _allowed(inquiry: Inquiry[T]) -> Inquiry[T | None]:
    """What is found, or None where the token may not look. Raises Refused for every other refusal."""
    try:
        return (yield from inquiry)
    except Refused as refused:
        why = refused.outcome
        if why.verdict is Verdict.HOLD and why.who is Who.ADMIN and not why.signed_out:
            return None
        raise


def _account(found: Account, personal: frozenset[str]) -> FoundAccount:
    facts = {
        "status": STATUSES.get(found.status, str(found.status)),
        "disable_reason": DISABLE_REASONS.get(found.disable_reason, ""),
        "business": found.business_name,
        "tasks": ", ".join(sorted(found.tasks)),
    }
    return FoundAccount(
        external_id=found.id,
        name=found.name,
        currency=found.currency,
        time_zone=found.time_zone,
        business_id="" if found.id in personal else found.business_id,
        role=next((task for task in TASKS if task in found.tasks), ""),
        cautions=found.cautions(personal),
        facts=_told(facts),
    )


def _pixel(
    pixel: Pixel,
    seen: Iterable[SeenEvent] | None,
    customs: Iterable[CustomConversion],
    qualities: Iterable[Quality],
) -> FoundDestination:
    cautions = {"unavailable": pixel.unavailable, "not_assigned": seen is None, "restricted": pixel.restricted}
    facts = {
        "business_id": pixel.business_id,
        "last_fired": pixel.last_fired_at.isoformat() if pixel.last_fired_at else "",
        "crm": "yes" if pixel.crm else "no",
        "consolidated": "yes" if pixel.consolidated else "no",
        "data_use": pixel.data_use,
        **{f"event:{each.name}": str(each.count) for each in seen or ()},
        **{f"custom_conversion:{each.name}": each.kind for each in customs if not each.archived},
        **{f"quality:{each.name}": each.score for each in qualities},
        **{f"freshness:{each.name}": each.freshness for each in qualities},
    }
    if since := next((each.since for each in seen or () if each.since), None):
        facts["events_since"] = since.isoformat()
    held = tuple(code for code, holds in cautions.items() if holds)
    return FoundDestination(PIXEL, pixel.id, pixel.name, held, _told(facts))


def _told(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value}


def _quality_of(row: Row) -> Quality:
    score = part(row, "event_match_quality").get("composite_score")
    return Quality(
        name=text(row.get("event_name")),
        score=str(score) if isinstance(score, int | float) and not isinstance(score, bool) else "",
        freshness=text(part(row, "data_freshness").get("upload_frequency")),
    )


def _counted(facts: Mapping[str, str], name: str, told_at: datetime) -> Counted | None:
    since = facts.get("events_since")
    return Counted(number(facts, f"event:{name}") or 0, datetime.fromisoformat(since)) if since else None


COUNTS = Counts(_counted, by_name=True, why=("arrival", "everybody", "browser", "no_dedup"))
