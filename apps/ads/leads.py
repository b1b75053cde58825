"""Leads that an ad network collects in forms of its own: told by webhook, fetched, and caught up with by polling."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from apps.ads.sign_in import App
from apps.ads.wire import Inquiry, Target


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook's word that something happened to a lead. `source_id` is the page or account that owns the form."""

    lead_id: str
    source_id: str
    form_id: str = ""
    deleted: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead as the network tells it. `answers` are by contact property; what maps to none is in `others`."""

    lead_id: str
    created_at: datetime
    form_id: str
    form_name: str = ""
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    others: Mapping[str, str] = field(default_factory=dict, repr=False)
    consents: Mapping[str, bool] = field(default_factory=dict)
    campaign_id: str = ""
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class LeadSource:
    """Something whose leads can be received: a Facebook page, a LinkedIn ad account."""

    external_id: str
    name: str
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)  # a token of its own, where it has one


@dataclass(frozen=True, slots=True)
class Leads:
    """How a network's leads come in.

    challenge  (query, secret, verify token) -> the body that proves the webhook is ours, or None when it is not asked
    verified   (headers with lower-case names, raw body, secret) -> whether the network signed it, in constant time
    notices    the raw body -> what it says; raises ValueError for a body that is none
    sources    whose leads the sign-in can receive
    register   tell the app itself where webhooks go and what repeats our token, where the network wants that
    subscribe  ask for a source's leads at a webhook's address
    fetch      one lead by its id
    since      the leads of a source from a moment on: the catch-up
    """

    challenge: Callable[[Mapping[str, str], str, str], bytes | None]
    verified: Callable[[Mapping[str, str], bytes, str], bool]
    notices: Callable[[bytes], Sequence[Notice]]
    sources: Callable[[Target], Inquiry[Sequence[LeadSource]]]
    subscribe: Callable[[Target, LeadSource, str], Inquiry[None]]
    fetch: Callable[[Target, LeadSource, str], Inquiry[Lead]]
    since: Callable[[Target, LeadSource, datetime], Inquiry[Sequence[Lead]]]
    register: Callable[[str, App, str, str], Inquiry[None]] | None = None
