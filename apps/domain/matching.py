"""By what a network can match the person: the identifiers that an event shares, each in the network's own form."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from apps.domain.decision import Case, Noted, Setting
from apps.domain.facts import Click, Contact
from apps.domain.findings import Findings, Gate, step_passed
from apps.domain.identity import FIELDS, Bring, Brought, DropReason, bringing, surroundings
from apps.domain.manifest import Shape

OF_THE_VISIT = frozenset({"client_ip_address", "client_user_agent"})
OF_A_CLICK = frozenset({"fbc", "fbclid", "fbp", "gbraid", "gclid", "lead_id", "li_fat_id", "wbraid"})
_PROPERTY_ALONE, _CLICK, _PHONE, _VISIT = range(4)  # where a field's first value stands
# Fields whose HubSpot property has another name than ours.
_PROPERTY = {"street": "address"}
# The network's own forms by field, and why others were left out: a DropReason's code by field.
Kept: TypeAlias = dict[str, tuple[str, ...]]
Dropped: TypeAlias = dict[str, str]
Gather: TypeAlias = Callable[[Case, Click | None], tuple[Kept, Dropped]]


class _Asked(NamedTuple):
    """A field that the event shares and the network takes: what its first value stands under, and its way there."""

    name: str
    told_as: str
    where: int
    bring: Bring


def identity_gate(setting: Setting) -> Gate | None:
    """Whether the network can match the person by what may be shared of them."""
    shape = setting.shape
    if not shape.identifiers:
        return None
    gather = gathering(setting)

    def gate(case: Case, found: Findings) -> None:
        identifiers, dropped = gather(case, found.lead)
        for required, riders in shape.together:
            if not required <= identifiers.keys():
                for name in (required | riders) & identifiers.keys():
                    del identifiers[name]
                    dropped[name] = "incomplete_group"
        if dropped:
            found.note("identifiers", "dropped", **dropped)
        found.identifiers = identifiers
        reason, noted, told = _suffices(shape, tuple(identifiers))
        if reason:
            found.block("identity", reason, **told)
        found.noted.append(noted)

    return gate


@lru_cache(maxsize=4_096)
def _suffices(shape: Shape, usable: tuple[str, ...]) -> tuple[str, Noted, Mapping[str, str]]:
    """Why these fields are not enough, "" when they are; the step that says they are, or what is told when not."""
    fields, noted = frozenset(usable), step_passed("identity", kept=", ".join(usable))
    if shape.needs_match and fields <= OF_THE_VISIT:
        return "no_identifier", noted, {"looked_for": ", ".join(shape.identifiers)}
    if any(fields <= combination for combination in shape.too_weak):
        return "weak_identifiers", noted, {"kept": ", ".join(sorted(fields))}
    return "", noted, {}


def gathering(setting: Setting) -> Gather:
    """What brings the identifiers of a case's contact to the form in which they go on the wire.

    It takes the case and the lead that counts, where the shape asks for one. Raises ValueError for a date order or an
    external id mode that does not exist.
    """
    workspace, mode = setting.workspace, setting.event.options.get("external_id_mode", "sha256")
    asked = _asked(setting)

    def gather(case: Case, lead: Click | None) -> tuple[Kept, Dropped]:
        contact = case.contact
        if contact.gathered is not None:
            return dict.fromkeys(contact.gathered.kept, ()), dict(contact.gathered.dropped)
        identifiers: Kept = {}
        dropped: Dropped = {}
        clicks = contact.clicks if lead is None else {**contact.clicks, "lead_id": (lead,)}
        properties, further = contact.properties, _further(contact)
        context = surroundings(
            properties.get("country"), workspace.country, workspace.date_order, mode, case.now.date()
        )
        for name, told_as, where, bring in asked:
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
                brought = bring(value, context)
                if isinstance(brought, tuple):
                    identifiers[name] = brought[1] or brought[0]
                else:
                    _drop(dropped, name, brought)
            if further and name in further:
                _add([bring(another, context) for another in further[name] if another], name, identifiers, dropped)
        return identifiers, dropped

    return gather


def _add(further: Iterable[Brought], name: str, identifiers: Kept, dropped: Dropped) -> None:
    """Put what stands beside the first value of a field behind it."""
    for brought in further:
        if isinstance(brought, DropReason):
            _drop(dropped, name, brought)
        else:
            known = identifiers.get(name, ())
            identifiers[name] = tuple(dict.fromkeys(known + (brought[1] or brought[0])))


def _drop(dropped: Dropped, name: str, reason: DropReason) -> None:
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


def _asked(setting: Setting) -> tuple[_Asked, ...]:
    rules, event, always = FIELDS[setting.account.network], setting.event, setting.shape.always_shared
    return tuple(
        _Asked(name, property_of(name), _where(name), bringing(rules[name]))
        for name in setting.shape.identifiers
        if name in rules
        and name not in event.withheld
        and (event.shared is None or name in event.shared or name in always)
    )


def _further(contact: Contact) -> Mapping[str, tuple[str, ...]]:
    """What stands beside the first value of a field, for the networks that take several."""
    mobile = contact.properties.get("mobilephone")
    if mobile and contact.properties.get("phone"):
        return {**contact.more, "phone": (*contact.more.get("phone", ()), mobile)}
    return contact.more
