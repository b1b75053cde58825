"""One signal a line, with its contact, deal, event and workspace, as the request that would leave."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.ads.registry import NETWORKS
from apps.ads.wire import Target
from apps.domain import facts
from apps.domain.decision import Case
from apps.domain.manifest import Shape
from apps.pipeline.preview import tables
from apps.pipeline.preview.contacts import ToldContact, contact_of, read_contact, visit_of
from apps.pipeline.preview.reading import Unreadable, json_object, needed, section
from apps.pipeline.preview.render import Preview, error, preview_case, written

# Where a conversion lands, by network.
_DESTINATIONS = {"facebook": "pixel_id", "google": "conversion_action", "linkedin": "conversion_rule"}


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it was read, section by section."""

    signal: Mapping[str, Any]
    contact: ToldContact
    deal: Mapping[str, Any] | None
    event: Mapping[str, Any]
    workspace: Mapping[str, Any]
    now: datetime


def request_line(network_key: str, line: bytes) -> bytes:
    """The preview of one line; a line that cannot be read gives verdict `error` with why."""
    try:
        return written(_previewed(network_key, _read(line)))
    except Unreadable as unreadable:
        return written(error(str(unreadable)))
    except (ArithmeticError, LookupError, TypeError, ValueError) as fault:
        # Values far beyond reality (a year 9999, an amount of 300 digits) that a rule of a network cannot reckon with.
        return written(error(f"cannot be rendered: {type(fault).__name__}: {fault}"))


def _read(line: bytes) -> _Line:
    told = json_object(line)
    top = section(told, tables.LINE)
    needed(top, "", "signal", "event", "now")
    signal = section(top["signal"], tables.SIGNAL, "signal")
    needed(signal, "signal", "id", "kind", "occurred_at")
    event = section(top["event"], tables.EVENT, "event")
    needed(event, "event", "trigger", "name", "created_at")
    return _Line(
        signal=signal,
        contact=read_contact(top.get("contact")),
        deal=section(top["deal"], tables.DEAL, "deal") if "deal" in top else None,
        event=event,
        workspace=section(top.get("workspace"), tables.WORKSPACE, "workspace"),
        now=top["now"],
    )


def _previewed(network_key: str, line: _Line) -> Preview:
    case = _case(network_key, line)
    target = Target(
        base=NETWORKS[network_key].base,
        account_id=case.account.external_id,
        credentials={"access_token": "***"},
        login_customer_id=line.event.get("login_customer_id", ""),
    )
    preview = preview_case(network_key, case, target=target)
    if preview["reason"] == "bad_currency" and not _names_a_currency(case):
        raise Unreadable("workspace.currency: required, since neither the event, the deal nor the account names one")
    return preview


def _case(network_key: str, line: _Line) -> Case:
    needed(line.event, "event", _DESTINATIONS[network_key])
    account = facts.Account(
        network=network_key,
        external_id=_account_id(network_key, line.event),
        currency=line.event.get("account_currency", ""),
        login_customer_id=line.event.get("login_customer_id", ""),
    )
    return Case(
        signal=_signal(line),
        contact=contact_of(line.contact, seen_otherwise=_began(line.signal)),
        deal=None if line.deal is None else _deal(line.deal),
        event=_event(line, line.event[_DESTINATIONS[network_key]]),
        account=account,
        workspace=_workspace(line.workspace, account),
        shape=_shape(network_key, line),
        now=line.now,
    )


def _shape(network_key: str, line: _Line) -> Shape:
    kind, trigger = line.signal["kind"], line.event["trigger"]
    adjustment = line.signal.get("adjustment", "")
    if kind == tables.ADJUSTMENT and not adjustment:
        raise Unreadable("signal.adjustment: required, since the signal is an adjustment")
    if kind not in (trigger, tables.ADJUSTMENT):
        raise Unreadable(f"signal.kind: the event's trigger is {trigger}, so no {kind} sets it off")
    manifest = NETWORKS[network_key].manifest
    shape = manifest.shape_for(trigger, adjustment)
    if shape is None:
        where = f"signal.adjustment: {manifest.label} takes no {adjustment}"
        raise Unreadable(where if adjustment else f"event.trigger: {manifest.label} takes no {trigger}")
    return shape


def _began(signal: Mapping[str, Any]) -> datetime:
    moment: datetime = signal.get("original_occurred_at", signal["occurred_at"])
    return moment


def _signal(line: _Line) -> facts.Signal:
    told, visit = line.signal, visit_of(line.contact)
    action_source = told.get("action_source") or line.event.get("action_source", "")
    return facts.Signal(**{"name": "", **visit, **told, "action_source": action_source})


def _deal(told: Mapping[str, Any]) -> facts.Deal:
    won = told.get("hs_is_closed_won", False)
    return facts.Deal(
        amount=told.get("amount"),
        currency=told.get("deal_currency_code", ""),
        probability=told.get("hs_deal_stage_probability", tables.CERTAIN if won else None),
        is_closed_lost=told.get("hs_is_closed_lost", False),
        is_closed_won=won,
    )


def _event(line: _Line, destination: str) -> facts.EventRules:
    told = line.event
    return facts.EventRules(
        id=told["name"],
        trigger=told["trigger"],
        trigger_name=line.signal.get("name", ""),
        on_since=told["created_at"],
        network_event_name=told.get("network_event_name", told["name"]),
        destination=destination,
        value=_value(told),
        consent=_rule(told, "consent"),
        personalisation=_rule(told, "personalisation"),
        shared=told.get("shared_fields"),
        withheld=frozenset() if told.get("share_ip", True) else frozenset({"client_ip_address"}),
        options=_options(told),
    )


def _rule(told: Mapping[str, Any], kind: str) -> facts.ConsentRule | None:
    name = told.get(f"{kind}_property")
    return facts.ConsentRule(name, frozenset(told.get(f"{kind}_values", ()))) if name else None


def _value(told: Mapping[str, Any]) -> facts.ValueRule:
    source = facts.ValueFrom(told.get("value_from", facts.ValueFrom.FIXED))
    default = told.get("value")
    if source is facts.ValueFrom.FIXED and default is None:
        source = facts.ValueFrom.NONE
    return facts.ValueRule(source, default, told.get("currency", ""))


def _options(told: Mapping[str, Any]) -> dict[str, str]:
    options = {name: told[name] for name in tables.OPTIONS if name in told}
    options |= {name: "true" for name in ("opt_out", "limit_without_consent") if told.get(name)}
    if "limited_data_use" in told:
        region = section(told["limited_data_use"], tables.REGION, "event.limited_data_use")
        options["limited_data_use"] = json.dumps({"country": 0, "state": 0, **region})
    return options


def _workspace(told: Mapping[str, Any], account: facts.Account) -> facts.Workspace:
    return facts.Workspace(
        id="",
        currency=told.get("currency", account.currency),
        country=told.get("country", ""),
        date_order=told.get("date_order", "dmy"),
        crm_name=told.get("crm_name", "convsync"),
    )


def _account_id(network_key: str, event: Mapping[str, Any]) -> str:
    """Google's address names the customer; a conversion action's resource name does so too."""
    told: str = event.get("customer_id", "")
    if network_key != "google":
        return told
    customer = told or event["conversion_action"].removeprefix("customers/").partition("/conversionActions/")[0]
    if not (told or "/" in event["conversion_action"]) or not customer.replace("-", "").isdecimal():
        raise Unreadable("event.customer_id: required, in the form 123-456-7890")
    return customer


def _names_a_currency(case: Case) -> bool:
    told = case.signal.currency if case.event.value.source is facts.ValueFrom.SIGNAL else ""
    agreed = case.deal.currency if case.deal and case.event.value.source is facts.ValueFrom.DEAL else ""
    return bool(case.event.value.currency or case.workspace.currency or told or agreed)
