"""Leads of instant forms: read one by one or by form and time, and made for a test."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from apps.sandbox.facebook import errors, webhooks
from apps.sandbox.facebook.access import change
from apps.sandbox.facebook.calls import Action, Asked, Needs, Reading, Table
from apps.sandbox.facebook.listing import Node, Wrong
from apps.sandbox.facebook.pages import DONE
from apps.sandbox.structure import BadStructure, build
from apps.sandbox.worlds.facebook import FacebookWorld, Given, Lead, Ticked

RETRIEVES: Needs = (("leads_retrieval",), ("pages_read_engagement",), ("pages_manage_ads",))
OF_AD = ("ad_id", "adset_id", "campaign_id")
FIELDS = ("id", "created_time", "field_data", "form_id", "is_organic", "custom_disclaimer_responses", *OF_AD)
DEFAULT = "created_time,id,field_data"
OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "GREATER_THAN": lambda at, value: at > value,
    "GREATER_THAN_OR_EQUAL": lambda at, value: at >= value,
    "LESS_THAN": lambda at, value: at < value,
    "LESS_THAN_OR_EQUAL": lambda at, value: at <= value,
}
T = TypeVar("T")
TEST_ANSWERS = (Given("full_name", ("Test Lead",)), Given("email", ("test@fb.com",)))


def new_id() -> str:
    """Return a lead id of 17 digits, more than a double can hold."""
    return str(10**16 + secrets.randbelow(9 * 10**16))


def kept(*leads: Lead) -> FacebookWorld:
    """Keep leads that came in; return the world with them."""
    return change(lambda world: replace(world, leads=(*world.leads, *leads)))


def _shown(asked: Asked, lead: Lead) -> Node:
    # Who may not manage ads reads the answers, and not which ad they came from.
    sees_ads = "ads_management" in asked.token.scopes
    of_ad = dict(zip(OF_AD, (lead.ad, lead.adset, lead.campaign), strict=True)) if sees_ads and lead.ad else {}
    ticked = [
        {"checkbox_key": each.checkbox_key, "is_checked": "1" if each.is_checked else ""} for each in lead.disclaimers
    ]
    return {
        "id": lead.id,
        "created_time": lead.created_time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "field_data": [{"name": each.name, "values": list(each.values)} for each in lead.answers],
        "form_id": lead.form,
        "is_organic": not lead.ad,
        "custom_disclaimer_responses": ticked or None,
        **of_ad,
    }


def _lead(asked: Asked) -> list[Node]:
    return [_shown(asked, asked.world.lead_by_id[asked.node])]


def _leads(asked: Asked) -> list[Node]:
    within = _filters(asked.parsed("filtering"))
    found = [
        lead
        for lead in asked.world.leads
        if lead.form == asked.node and all(keeps(lead.created_time.timestamp()) for keeps in within)
    ]
    return [_shown(asked, lead) for lead in sorted(found, key=lambda lead: lead.created_time, reverse=True)]


def _filters(given: object) -> list[Callable[[float], bool]]:
    wanted = given if isinstance(given, list) else [] if given is None else [given]
    return [_filter(index, each) for index, each in enumerate(wanted)]


def _filter(index: int, given: object) -> Callable[[float], bool]:
    asked: Mapping[str, Any] = given if isinstance(given, dict) else {}
    holds = OPERATORS.get(str(asked.get("operator")))
    try:
        value = float(asked.get("value", ""))
    except (TypeError, ValueError):
        holds, value = None, 0.0
    if asked.get("field") != "time_created" or holds is None:
        problem = f"Param filtering[{index}] must be a field time_created, an operator and a UNIX time as value"
        raise Wrong(errors.BAD_PARAMETER, problem=problem)
    return lambda at: holds(at, value)


def _make_test(asked: Asked) -> object:
    lead = Lead(
        id=new_id(),
        created_time=asked.now,
        form=asked.node,
        answers=_read(asked, "field_data", Given) or TEST_ANSWERS,
        disclaimers=_read(asked, "custom_disclaimer_responses", Ticked),
        test=True,
    )
    webhooks.tell(kept(lead), (lead,), asked.now)
    return {"id": lead.id}


def _read(asked: Asked, name: str, kind: type[T]) -> tuple[T, ...]:
    given = asked.parsed(name) or []
    if not isinstance(given, list):
        raise Wrong(errors.BAD_PARAMETER, problem=f"param {name} must be an array.")
    try:
        return tuple(build(kind, each, f"{name}[{index}]") for index, each in enumerate(given))
    except BadStructure as fault:
        raise Wrong(errors.BAD_PARAMETER, problem=f"param {fault}") from None


def _tests(asked: Asked) -> list[Node]:
    return [_shown(asked, lead) for lead in asked.world.leads if lead.form == asked.node and lead.test]


def _delete(asked: Asked) -> object:
    if not asked.world.lead_by_id[asked.node].test:
        raise Wrong(errors.UNKNOWN_OBJECT, id=asked.node, method="delete")
    change(lambda world: replace(world, leads=tuple(each for each in world.leads if each.id != asked.node)))
    return DONE


CALLS: Table = {
    ("GET", "lead", ""): Reading(RETRIEVES, rows=_lead, kind="LeadGenData", fields=FIELDS, default=DEFAULT, alone=True),
    ("GET", "form", "leads"): Reading(RETRIEVES, rows=_leads, kind="LeadGenData", fields=FIELDS, default=DEFAULT),
    ("GET", "form", "test_leads"): Reading(RETRIEVES, rows=_tests, kind="LeadGenData", fields=FIELDS, default=DEFAULT),
    ("POST", "form", "test_leads"): Action(RETRIEVES, run=_make_test),
    ("DELETE", "lead", ""): Action(RETRIEVES, run=_delete),
}
