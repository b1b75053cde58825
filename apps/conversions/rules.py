"""A conversion event's settings: checked on the way in against the network's manifest, and read for the decision."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from apps.ads.registry import NETWORKS
from apps.conversions.models import Event
from apps.core.errors import Fault, InvalidInput
from apps.domain.facts import ConsentRule, EventRules, Trigger, ValueFrom, ValueRule
from apps.domain.manifest import Choice, Manifest
from apps.domain.money import is_currency, parse_amount

LARGEST_VALUE = Decimal(1000000000)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a marketer or a client asks for; everything is text until checked."""

    name: str
    account_id: str
    trigger: str
    trigger_name: str
    network_event_name: str = ""
    destination: str = ""
    value_from: str = ValueFrom.FIXED
    value: str = ""
    currency: str = ""
    consent_property: str = ""
    consent_values: tuple[str, ...] = ()
    personalisation_property: str = ""
    personalisation_values: tuple[str, ...] = ()
    shared_fields: tuple[str, ...] | None = None
    options: Mapping[str, str] | None = None
    hold_outliers: bool | None = None  # None: as its values are told to need it


def check(draft: Draft, manifest: Manifest, properties: frozenset[str]) -> tuple[dict[str, Any], list[Fault]]:
    """The settings to store and everything wrong with the draft. `properties` are the contact's known properties."""
    faults = [
        fault
        for rule in (_name, _network_event_name, _value, _consent, _personalisation, _shared)
        for fault in rule(draft, manifest, properties)
    ]
    options, wrong = _options(draft, manifest, properties)
    settings = {
        "name": draft.name.strip(),
        "network_event_name": draft.network_event_name.strip() or draft.name.strip(),
        "destination": draft.destination,
        "value_from": draft.value_from,
        "value": draft.value.strip() or None,
        "currency": draft.currency or None,
        "consent_property": draft.consent_property or None,
        "consent_values": list(draft.consent_values),
        "personalisation_property": draft.personalisation_property or None,
        "personalisation_values": list(draft.personalisation_values) if draft.personalisation_property else [],
        "shared_fields": None if draft.shared_fields is None else list(draft.shared_fields),
        "options": options,
        "hold_outliers": guards_value({"value_from": draft.value_from, "hold_outliers": draft.hold_outliers}),
    }
    return settings, faults + wrong


def _name(draft: Draft, manifest: Manifest, properties: frozenset[str]) -> list[Fault]:
    if not draft.name.strip() or len(draft.name) > 100:
        return [Fault("name", "length", "Give the event a name of 1 to 100 characters.")]
    return []


def _network_event_name(draft: Draft, manifest: Manifest, properties: frozenset[str]) -> list[Fault]:
    if len(draft.network_event_name) > manifest.event_name_limit:
        limit = f"{manifest.label} takes at most {manifest.event_name_limit} characters."
        return [Fault("network_event_name", "length", limit)]
    return []


_WHAT_VALUE: Mapping[str, str] = {
    ValueFrom.DEAL: "a default value: it is used when there is no usable deal",
    ValueFrom.SIGNAL: "a default value: it is used when the event is sent without one",
}


def _value(draft: Draft, manifest: Manifest, properties: frozenset[str]) -> list[Fault]:
    if draft.value_from not in set(ValueFrom):
        return [Fault("value_from", "choice", f"Choose one of: {', '.join(ValueFrom)}.")]
    if draft.value_from == ValueFrom.SIGNAL and draft.trigger != Trigger.CUSTOM_EVENT:
        return [Fault("value_from", "choice", "Only a custom event says its own value: choose deal, fixed or none.")]
    if draft.value_from != ValueFrom.NONE and not draft.value.strip():
        what = _WHAT_VALUE.get(draft.value_from, "the value")
        return [Fault("value", "number", f"Give {what}, as a number with a point, such as 25.00.")]
    return list(_money_faults(draft.value, draft.currency))


def _money_faults(value: str, currency: str) -> Iterator[Fault]:
    amount = parse_amount(value) if value.strip() else Decimal(0)
    if amount is None:
        yield Fault("value", "number", "Give a number with a point, such as 25.00.")
    elif not 0 <= amount <= LARGEST_VALUE:
        yield Fault("value", "range", f"Give a value from 0 to {LARGEST_VALUE}.")
    if currency and not is_currency(currency):
        yield Fault("currency", "currency", "Use an ISO 4217 code in capitals, such as EUR.")


def value_told(value: str, currency: str) -> tuple[Decimal | None, str]:
    """A value as a client writes it: the amount in major units, None when there is none, and its currency.

    Raises InvalidInput for what is no number from 0 to LARGEST_VALUE, or no ISO 4217 code.
    """
    if faults := list(_money_faults(value, currency)):
        raise InvalidInput(*faults)
    return (parse_amount(value) if value.strip() else None), currency


def _consent(draft: Draft, manifest: Manifest, properties: frozenset[str]) -> list[Fault]:
    if not draft.consent_property:
        if draft.trigger == Trigger.FORM_SUBMISSION:
            return [Fault("consent_property", "required", "Choose the contact property that holds consent.")]
        return []
    return list(_rule_faults("consent", draft.consent_property, draft.consent_values, properties))


def _personalisation(draft: Draft, manifest: Manifest, properties: frozenset[str]) -> list[Fault]:
    if not draft.personalisation_property:
        return []
    if not manifest.personalisation:
        message = f"{manifest.label} has no field for it. Ask for it as consent: who does not say yes is not sent."
        return [Fault("personalisation_property", "no_field", message)]
    named, values = draft.personalisation_property, draft.personalisation_values
    return list(_rule_faults("personalisation", named, values, properties))


def _rule_faults(kind: str, property_name: str, values: tuple[str, ...], properties: frozenset[str]) -> Iterator[Fault]:
    if property_name not in properties:
        yield Fault(f"{kind}_property", "choice", "Choose one of the contact's properties.")
    if not any(value.strip() for value in values):
        yield Fault(f"{kind}_values", "required", "Give at least one value that means consent.")
    if len(values) > 20 or any(len(value) > 100 for value in values):
        yield Fault(f"{kind}_values", "length", "Give at most 20 values of at most 100 characters.")


def _shared(draft: Draft, manifest: Manifest, properties: frozenset[str]) -> list[Fault]:
    if draft.shared_fields is None:
        return []
    unknown = set(draft.shared_fields) - {shared.name for shared in manifest.shared}
    if unknown:
        known = ", ".join(shared.name for shared in manifest.shared)
        return [Fault("shared_fields", "choice", f"{manifest.label} takes: {known}.")]
    return []


def _options(draft: Draft, manifest: Manifest, properties: frozenset[str]) -> tuple[dict[str, str], list[Fault]]:
    given = dict(draft.options or {})
    choices = {choice.name: choice for choice in manifest.choices if draft.trigger in choice.triggers}
    faults = [
        Fault(name[:100], "unknown", "This network has no such choice.") for name in given.keys() - choices.keys()
    ]
    options = {}
    for name, choice in choices.items():
        value = str(given.get(name, choice.default)).strip()
        message = _choice_fault(choice, value, properties)
        if message:
            faults.append(Fault(name, "choice", message))
        elif value:
            options[name] = value
    return options, faults


def _choice_fault(choice: Choice, value: str, properties: frozenset[str]) -> str:
    if not value:
        return f"{choice.label} is required." if choice.required else ""
    if len(value) > choice.max_length:
        return f"{choice.label} takes at most {choice.max_length} characters."
    if choice.kind == "flag" and value not in ("true", "false"):
        return f"{choice.label} is true or false."
    if choice.kind == "property" and value not in properties:
        return f"{choice.label} must name a contact property."
    if choice.kind == "choice" and value not in choice.options:
        return f"{choice.label} is one of: {', '.join(choice.options)}."
    return ""


_NEVER_APART = (ValueFrom.FIXED, ValueFrom.NONE)


def guards_value(settings: Mapping[str, Any]) -> bool:
    """Whether values far above the usual wait for somebody: as was chosen, else where deals give them."""
    chosen = settings.get("hold_outliers")
    if settings["value_from"] in _NEVER_APART:
        return False
    return bool(settings["value_from"] == ValueFrom.DEAL) if chosen is None else bool(chosen)


def draft_of(event: Event, settings: Mapping[str, Any]) -> Draft:
    """The draft that `check` makes these settings of again; a choice that they do not answer stays unanswered."""
    shared, options, guarded = settings["shared_fields"], settings["options"], guards_value(settings)
    choices = NETWORKS[event.account.network].manifest.choices
    return Draft(
        name=settings["name"],
        account_id=str(event.account_id),
        trigger=event.trigger,
        trigger_name=event.trigger_name,
        network_event_name=settings["network_event_name"],
        destination=settings["destination"],
        value_from=settings["value_from"],
        value=settings["value"] or "",
        currency=settings["currency"] or "",
        consent_property=settings["consent_property"] or "",
        consent_values=tuple(settings["consent_values"]),
        personalisation_property=settings.get("personalisation_property") or "",
        personalisation_values=tuple(settings.get("personalisation_values", ())),
        shared_fields=None if shared is None else tuple(shared),
        options={each.name: options.get(each.name, "") for each in choices if event.trigger in each.triggers},
        hold_outliers=None if guarded == guards_value({**settings, "hold_outliers": None}) else guarded,
    )


CONSENT, PERSONALISATION = "consent", "personalisation"


def consent_rule(settings: Mapping[str, Any], kind: str = CONSENT) -> ConsentRule | None:
    """The property and its values that mean yes, by a version's settings; None where it asks for none of that kind."""
    name = settings.get(f"{kind}_property")
    return ConsentRule(name, frozenset(settings[f"{kind}_values"])) if name else None


def consent_properties(settings: Mapping[str, Any]) -> frozenset[str]:
    """The contact properties that a version's settings read consent from."""
    rules = (consent_rule(settings, kind) for kind in (CONSENT, PERSONALISATION))
    return frozenset(rule.property for rule in rules if rule is not None)


def event_rules(event: Event, settings: Mapping[str, Any]) -> EventRules:
    """An event and its version's settings as the decision reads them."""
    amount = settings.get("value")
    options = {name: value for name, value in settings.get("options", {}).items() if value != "false"}
    shared = settings.get("shared_fields")
    return EventRules(
        id=str(event.id),
        trigger=event.trigger,
        trigger_name=event.trigger_name,
        on_since=event.on_since,
        network_event_name=settings["network_event_name"],
        destination=settings["destination"],
        value=ValueRule(
            ValueFrom(settings["value_from"]), Decimal(amount) if amount else None, settings.get("currency") or ""
        ),
        consent=consent_rule(settings),
        shared=None if shared is None else frozenset(shared),
        options=options,
        personalisation=consent_rule(settings, PERSONALISATION),
    )


def correcting(rules: EventRules) -> EventRules:
    """The rules as a correction is judged by them: its value is what it says itself, and that was meant."""
    return replace(rules, value=ValueRule(ValueFrom.SIGNAL, None, rules.value.currency), usual={})
