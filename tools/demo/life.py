"""What one contact does in the demo, as plain values: what is written about it, and what it sends in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

FUNNEL = ("lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")
# A deal is made when a contact is qualified, so that it is there when the stages that are worth money come.
BEFORE_DEALS = frozenset(FUNNEL[:3])


@dataclass(frozen=True, slots=True)
class Stage:
    """A lifecycle stage that is reached; `at` None: now, as the CRM writes it."""

    name: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as a client writes it; the API refuses it when `refused`."""

    properties: Mapping[str, str]
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """A form sent in, by the key of the form; `submitted_at` None: the API's own clock. Sent `times` times."""

    form: str
    fields: Mapping[str, str]
    page_url: str = ""
    user_agent: str = ""
    ip_address: str = ""
    submitted_at: datetime | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Completion:
    """A custom event that is completed, by its key; `at` None: the API's own clock. Told `times` times under its id."""

    behaviour: str
    told_id: str
    value: str = ""
    currency: str = ""
    page_url: str = ""
    user_agent: str = ""
    action_source: str = ""
    at: datetime | None = None
    times: int = 1
    by_hubspot: bool = False  # told through HubSpot's client, else through our own API


@dataclass(frozen=True, slots=True)
class Life:
    """One contact. Without `properties` it first appears by its form, or by the custom event of its `email`."""

    case: str  # the story's name and a number, which is also written into the contact
    properties: Mapping[str, str]
    stages: tuple[Stage, ...] = ()
    deals: tuple[Deal, ...] = ()
    submissions: tuple[Submission, ...] = ()
    completions: tuple[Completion, ...] = ()
    email: str = ""
    correction: Mapping[str, str] | None = None  # a later update by id
    again: Mapping[str, str] | None = None  # created once more, under the same address
    alone: bool = False  # created by itself instead of in a batch
    refused: bool = False  # the API refuses it

    @property
    def story(self) -> str:
        """The story's name."""
        return self.case.partition(" ")[0]
