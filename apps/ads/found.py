"""What a sign-in reaches at a network, in words that all networks share."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An ad account that the sign-in can see.

    refused   code of why it cannot be chosen, "" when it can
    cautions  codes of what stands in the way of using it, worst first (no_business, not_active, manager, ...)
    facts     what the setup panel shows beside: names of settings at the network, with their values as text
    """

    external_id: str
    name: str
    currency: str = ""
    time_zone: str = ""
    business_id: str = ""
    login_customer_id: str = ""
    conversion_customer_id: str = ""
    is_manager: bool = False
    terms_accepted: bool = True
    role: str = ""
    refused: str = ""
    cautions: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundDestination:
    """A pixel, conversion action or conversion rule of an account; `kind` as `Shape.destination` names it.

    cautions  codes of what stands in the way of it (disabled, no_campaign, unavailable, not_enhanced, ...)
    facts     its settings at the network, as text: type, category, primary, windows, events it saw lately, ...
    """

    kind: str
    external_id: str
    name: str
    cautions: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of the form that makes a destination. Without `options` it is free text."""

    name: str
    label: str
    help: str = ""
    options: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True, slots=True)
class Makes:
    """A kind of destination that can be made from here, and what it is asked for beside its name."""

    kind: str
    label: str
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class NewDestination:
    """A pixel, conversion action or rule that a marketer wants; `settings` are the network's own, as text.

    known  the id of the one of that name that convsync keeps already: the record against making it twice
    """

    kind: str
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    known: str = ""
