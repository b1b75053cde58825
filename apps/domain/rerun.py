"""What a decision looked at, without a person in it, so that it can be taken once more and must come out the same.

Two parts: what the one conversion was judged on (`asked_of`), and what a whole batch shares (`circumstances_of`). No
value of an identifier, click or lead is kept: a decision depends on their kinds, moments and usability alone.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from apps.domain.decision import Case, Decision, Result
from apps.domain.facts import Account, Act, Click, Contact, Deal, EventRules, Gathered, Workspace
from apps.domain.identity import normalise
from apps.domain.manifest import Manifest, Shape

_PASS = Result.PASS
DESTINATION_FACTS = ("click_kinds", "lookback_days")  # what shaping.fitted reads of a destination
# Stand in for a usable click or lead id; the gates ask whether the network would take one, and when it was first seen.
STAND_INS: Mapping[str, str] = {
    "lead_id": "123456789012345",
    "gclid": "Cj0KCQiA_stand_in_for_a_click",
    "gbraid": "0AAAAA_stand_in",
    "wbraid": "CkgK_stand_in",
}


def asked_of(case: Case, decision: Decision) -> dict[str, Any]:
    """What the decision on this case looked at, as plain JSON; what it did not get to is left out."""
    asked, contact = _consent_told(case), case.contact
    if contact.consent:
        asked["site"] = dict(contact.consent)
    if case.repeat_of:
        asked["repeat_of"] = case.repeat_of
    if case.deal is not None:
        asked["deal"] = list(_deal_told(case.deal))
    credited = False
    for step, result, _, facts in decision.noted:
        if step not in _TELLING:
            continue
        if step == "identifiers":
            asked["dropped"] = dict(facts)
        elif step == "identity":
            asked["kept"] = facts.get("kept", "")
        elif step in _CREDITS and result is _PASS:
            kind, moment = _CREDITS[step]
            asked["clicks"] = {facts.get(kind, kind): [[_written(facts[moment]), True]]}
            credited = True
    if contact.clicks and not credited and (clicks := dict(_clicks_told(case))):
        asked["clicks"] = clicks
    return asked


# The steps that credit a click or a lead: what its kind stands under, or is; and when it was first seen.
_CREDITS = {"click": ("kind", "clicked_at"), "lead": ("lead_id", "lead_at")}
_TELLING = frozenset({"identifiers", "identity", *_CREDITS})


def _written(moment: str | datetime) -> str:
    return moment if isinstance(moment, str) else moment.isoformat()


def _consent_told(case: Case) -> dict[str, Any]:
    asked = {}
    for name, rule in (("consent", case.event.consent), ("personal", case.event.personalisation)):
        if rule is not None and (told := case.contact.properties.get(rule.property)):
            asked[name] = told
    return asked


def _deal_told(deal: Deal) -> Iterator[str | bool]:
    yield "" if deal.amount is None else str(deal.amount)
    yield deal.currency
    yield "" if deal.probability is None else str(deal.probability)
    yield deal.is_closed_lost
    yield deal.is_closed_won


def _clicks_told(case: Case) -> Iterator[tuple[str, list[list[str | bool]]]]:
    network = case.account.network
    for kind in _kinds(case.shape):
        if held := case.contact.clicks.get(kind):
            yield kind, [[each.first_seen.isoformat(), _usable(network, kind, each.value)] for each in held]


@lru_cache(maxsize=256)
def _kinds(shape: Shape) -> tuple[str, ...]:
    """The kinds of click and lead that the gates of this shape ask for."""
    return (*shape.needs_click, *shape.clicks_not_counted, *(("lead_id",) if shape.needs_lead else ()))


def _usable(network: str, kind: str, value: str) -> bool:
    return normalise(network=network, field=kind, value=value).dropped is None


def contact_again(asked: Mapping[str, Any], event: EventRules) -> Contact:
    """The contact as far as the decision for that event looked at it."""
    kept = asked.get("kept")
    rules = {"consent": event.consent, "personal": event.personalisation}
    return Contact(
        properties={rule.property: asked[name] for name, rule in rules.items() if rule is not None and name in asked},
        clicks={
            kind: tuple(
                Click(STAND_INS[kind] if usable else "", datetime.fromisoformat(moment)) for moment, usable in held
            )
            for kind, held in asked.get("clicks", {}).items()
        },
        consent=asked.get("site", {}),
        gathered=None if kept is None else _gathered(kept, asked.get("dropped", {})),
    )


def _gathered(kept: str, dropped: Mapping[str, str]) -> Gathered:
    """As it was before incomplete groups were taken apart, which the gate does again."""
    names = [*filter(None, kept.split(", ")), *(name for name, why in dropped.items() if why == "incomplete_group")]
    return Gathered(tuple(names), {name: why for name, why in dropped.items() if why != "incomplete_group"})


def deal_again(asked: Mapping[str, Any]) -> Deal | None:
    """The deal as the decision saw it."""
    if "deal" not in asked:
        return None
    amount, currency, probability, lost, won = asked["deal"]
    return Deal(
        Decimal(amount) if amount else None,
        currency,
        Decimal(probability) if probability else None,
        is_closed_lost=lost,
        is_closed_won=won,
    )


class Circumstances(NamedTuple):
    """What all decisions for one event share as long as nobody changes anything."""

    on_since: datetime | None
    adjustment: str
    account: Account
    workspace: Workspace
    usual: Mapping[str, Decimal]
    destination: Mapping[str, str]
    manifest: str
    act: Act | None  # by which it was judged, where it was not judged by itself


def circumstances_of(
    event: EventRules,
    account: Account,
    workspace: Workspace,
    *,
    manifest: Manifest,
    destination: Mapping[str, str],
    adjustment: str = "",
) -> dict[str, Any]:
    """What all cases of the event share, as plain JSON. `destination`: what the network told of where they land."""
    since = event.on_since
    return {
        "on_since": since.isoformat() if since else "",
        "adjustment": adjustment,
        "account": {
            "network": account.network,
            "external_id": account.external_id,
            "is_manager": account.is_manager,
            "terms_accepted": account.terms_accepted,
            "route": account.route,
        },
        "workspace": {"id": workspace.id, "currency": workspace.currency},
        "usual": {currency: str(middle) for currency, middle in event.usual.items()},
        "destination": {name: destination[name] for name in DESTINATION_FACTS if name in destination},
        "manifest": manifest_mark(manifest),
    }


def manifest_mark(manifest: Manifest) -> str:
    """Which rules of the network were in force: its version, and the day they were read."""
    return f"{manifest.version} {manifest.as_of.isoformat()}"


def circumstances_again(told: Mapping[str, Any]) -> Circumstances:
    """The circumstances as they were kept."""
    return Circumstances(
        datetime.fromisoformat(told["on_since"]) if told["on_since"] else None,
        told["adjustment"],
        Account(**told["account"]),
        Workspace(**told["workspace"]),
        {currency: Decimal(middle) for currency, middle in told["usual"].items()},
        told["destination"],
        told["manifest"],
        _act_again(told["act"]) if "act" in told else None,
    )


def act_told(act: Act) -> dict[str, str]:
    """Somebody's act, as plain JSON."""
    return {"code": act.code, "by": act.by, "started_at": act.started_at.isoformat()}


def _act_again(told: Mapping[str, str]) -> Act:
    return Act(told["code"], told["by"], datetime.fromisoformat(told["started_at"]))
