"""By what a network can match the person: the identifiers that an event shares, each in the network's own form."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from apps.domain.decision import Case
from apps.domain.facts import Click, Contact
from apps.domain.identity import FIELDS, Brought, DropReason, Rule, bring, surroundings
from apps.domain.manifest import Shape

OF_THE_VISIT = frozenset({"client_ip_address", "client_user_agent"})
OF_A_CLICK = frozenset({"fbc", "fbclid", "fbp", "gbraid", "gclid", "lead_id", "li_fat_id", "wbraid"})
_PROPERTY_ALONE, _CLICK, _PHONE, _VISIT = range(4)  # where a field's first value stands
# Fields whose HubSpot property has another name than ours.
_PROPERTY = {"street": "address"}


class _Asked(NamedTuple):
    """A field that the event shares and the network takes: what its first value stands under, and its rule."""

    name: str
    told_as: str
    where: int
    rule: Rule


def gather(case: Case, lead: Click | None) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """The identifiers of the case's contact for its event as they go on the wire, and why others were dropped.

    Both by field; a reason is a DropReason's code. `lead`: the one that counts, where the shape asks for one. Raises
    ValueError for a date order or an external id mode that does not exist.
    """
    identifiers: dict[str, tuple[str, ...]] = {}
    dropped: dict[str, str] = {}
    contact, event, workspace = case.contact, case.event, case.workspace
    if contact.gathered is not None:
        return dict.fromkeys(contact.gathered.kept, ()), dict(contact.gathered.dropped)
    clicks = contact.clicks if lead is None else {**contact.clicks, "lead_id": (lead,)}
    properties, further = contact.properties, _further(contact)
    context = surroundings(
        properties.get("country"),
        workspace.country,
        workspace.date_order,
        event.options.get("external_id_mode", "sha256"),
        case.now.date(),
    )
    for name, told_as, where, rule in _asked(case.account.network, case.shape, event.shared, event.withheld):
        if where == _PROPERTY_ALONE:
            value = properties.get(told_as)
        elif where == _CLICK:
            held = clicks.get(told_as)
            value = held[0].value if held else properties.get(told_as)
        elif where == _PHONE:
            value = properties.get("phone") or properties.get("mobilephone")
        else:
            value = getattr(case.signal, told_as)
        if value:
            brought = bring(rule, value, context)
            if isinstance(brought, DropReason):
                _drop(dropped, name, brought)
            else:
                identifiers[name] = brought[1] or brought[0]
        if further and name in further:
            _add([bring(rule, another, context) for another in further[name] if another], name, identifiers, dropped)
    return identifiers, dropped


def _add(
    further: Iterable[Brought], name: str, identifiers: dict[str, tuple[str, ...]], dropped: dict[str, str]
) -> None:
    """Put what stands beside the first value of a field behind it."""
    for brought in further:
        if isinstance(brought, DropReason):
            _drop(dropped, name, brought)
        else:
            known = identifiers.get(name, ())
            identifiers[name] = tuple(dict.fromkeys(known + (brought[1] or brought[0])))


def _drop(dropped: dict[str, str], name: str, reason: DropReason) -> None:
    if reason is not DropReason.NOT_USED_BY_NETWORK:
        dropped[name] = str(reason)


def property_of(name: str) -> str:
    """The contact's property that holds a field, where no click and no visit does."""
    return _PROPERTY.get(name, name)


def _where(name: str) -> int:
    if name in OF_THE_VISIT:
        return _VISIT
    if name in OF_A_CLICK:
        return _CLICK
    return _PHONE if name == "phone" else _PROPERTY_ALONE


@lru_cache(maxsize=1_024)
def _asked(network: str, shape: Shape, shared: frozenset[str] | None, withheld: frozenset[str]) -> tuple[_Asked, ...]:
    rules = FIELDS[network]
    return tuple(
        _Asked(name, property_of(name), _where(name), rules[name])
        for name in shape.identifiers
        if name in rules and name not in withheld and (shared is None or name in shared or name in shape.always_shared)
    )


def _further(contact: Contact) -> Mapping[str, tuple[str, ...]]:
    """What stands beside the first value of a field, for the networks that take several."""
    mobile = contact.properties.get("mobilephone")
    if mobile and contact.properties.get("phone"):
        return {**contact.more, "phone": (*contact.more.get("phone", ()), mobile)}
    return contact.more
