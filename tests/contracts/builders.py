"""Conversions as judging leaves them, for any network: `owed` makes one, `owings` is a Hypothesis strategy of many.

Identifiers are those of made-up people, brought to the wire by `apps.domain.identity` as `decide` does it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from apps.ads.network import Network
from apps.ads.wire import Target
from apps.domain.decision import Owed
from apps.domain.facts import Account, Signal, Trigger, Workspace
from apps.domain.identity import normalise
from apps.domain.manifest import Shape
from apps.domain.money import Money, rounded

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOKEN = "EAAtoken-that-must-stay-in-a-header"
# A field's first value is what `owed` uses.
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "email": ("Anneke.deVries@Example.nl", "tomás+ads@example.org", "JOE@EXAMPLE.COM", "not an address"),
    "phone": ("+31 6 1234 5678", "+1 (650) 253-0000", "+44 20 7946 0958", "12"),
    "firstname": ("Anneke", "Valéry", "정", "Jean Luc"),
    "lastname": ("de Vries", "O'Neill", "Müller-Lüdenscheidt", "Ng"),
    "street": ("Kerkstraat 12", "1 Infinite Loop"),
    "city": ("'s-Hertogenbosch", "São Paulo", "San Francisco"),
    "state": ("Noord-Brabant", "California"),
    "zip": ("5211 AB", "94105-1234"),
    "country": ("Nederland", "US", "Österreich", "Atlantis"),
    "date_of_birth": ("1985-03-14", "2/16/1997"),
    "gender": ("vrouw", "m"),
    "external_id": ("crm-4711", "Ünïque ID 7"),
    "jobtitle": ('Head of "Growth"', "Einkäufer"),
    "company": ("Bakkerij & Zonen\tB.V.", "株式会社"),
    "client_ip_address": ("93.184.216.34", "2a02:a450::1", "10.0.0.1"),
    "client_user_agent": ("Mozilla/5.0 (X11; Linux x86_64)", 'odd "quoted" agent \\ é'),
    "fbc": ("fb.1.1763800000000.IwAR0abc-DEF_123",),
    "fbp": ("fb.1.1763800000001.1098115397",),
    "lead_id": ("123456789012345", "6ba7b810-9dad-11d1", "12345678901234567"),
    "li_fat_id": ("df5gf5-gh6t7-ph4j7h-fgf6n1",),
    "acxiom_id": ("AX-0012",),
    "google_aid": ("38400000-8cf0-11bd-b23e-10b96e40000d",),
    "gclid": ("Cj0KCQiA-abc_DEF.123",),
    "gbraid": ("0AAAAA-gbraid",),
    "wbraid": ("CkgKwbraid",),
}
DESTINATIONS = {"pixel": "900100100100101", "rule": "104001", "click_action": "7001", "tag_action": "7002"}
ACCOUNTS = {"facebook": "act_1001001", "google": "123-456-7890", "linkedin": "507001001"}


def target(network: Network, **credentials: str) -> Target:
    """The network's real host and a token."""
    return Target(
        base=network.base,
        account_id=ACCOUNTS[network.manifest.key],
        credentials={"access_token": TOKEN, **credentials},
    )


def owed(network: Network, trigger: str = Trigger.FORM_SUBMISSION, **changes: Any) -> Owed:
    """A conversion with every identifier that the shape takes; `changes` replace fields of `Owed`."""
    shape = network.manifest.shapes[trigger]
    person = {field: values[0] for field, values in PEOPLE.items()}
    return Owed(**{**_fields(network, trigger, _on_the_wire(network, shape, person)), **changes})


@st.composite
def owings(draw: st.DrawFn, network: Network, trigger: str) -> Owed:
    """Conversions of people of whom some fields are known, with any value, moment, texts and options."""
    shape = network.manifest.shapes[trigger]
    person = draw(
        st.fixed_dictionaries({}, optional={name: st.sampled_from(PEOPLE[name]) for name in shape.identifiers})
    )
    identifiers = _on_the_wire(network, shape, person)
    assume(identifiers or not shape.needs_match)
    kind = draw(st.sampled_from(shape.needs_click)) if shape.needs_click else ""
    return Owed(
        **{
            **_fields(network, trigger, identifiers),
            "network_event_id": draw(st.text("0123456789abcdef-", min_size=1, max_size=64)),
            "event_name": draw(texts),
            "occurred_at": NOW - draw(st.timedeltas(timedelta(0), timedelta(days=90))),
            "value": draw(st.none() | money()),
            "click_kind": kind,
            "click": PEOPLE[kind][0] if kind else "",
            "signal": draw(signals(trigger)),
            "workspace": Workspace("w1", "EUR", crm_name=draw(texts)),
            "options": draw(_options(network, trigger)),
        }
    )


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


@st.composite
def money(draw: st.DrawFn) -> Money:
    """Amounts at their currency's minor unit, none below zero."""
    currency = draw(st.sampled_from(("EUR", "USD", "JPY", "KWD", "TND")))
    amount = draw(st.decimals(Decimal(0), Decimal(9999999999), allow_nan=False, places=4))
    return Money(rounded(amount, currency), currency)


@st.composite
def signals(draw: st.DrawFn, trigger: str) -> Signal:
    """Signals of one kind, a form's with its visit."""
    is_form = trigger == Trigger.FORM_SUBMISSION
    return Signal(
        id="s1",
        kind=trigger,
        name=draw(texts),
        occurred_at=NOW,
        order_id=draw(st.sampled_from(("", "order-9"))),
        action_source=draw(st.sampled_from(("", "website", "chat"))) if is_form else "",
        event_source_url="https://example.nl/offerte?x=" + draw(texts) if is_form else "",
        referrer_url=draw(st.sampled_from(("", "https://example.org/"))) if is_form else "",
        client_ip_address="93.184.216.34" if is_form else "",
        client_user_agent=PEOPLE["client_user_agent"][0] if is_form else "",
    )


def _options(network: Network, trigger: str) -> st.SearchStrategy[dict[str, str]]:
    held = {"lead_score_property": ("lead_score", ("87.50", "not a number"))}
    names = [choice for choice in network.manifest.choices if trigger in choice.triggers]
    pairs = [held.get(choice.name, (choice.name, choice.options or ("True", "TEST123"))) for choice in names]
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in pairs})


def _on_the_wire(network: Network, shape: Shape, person: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    key, held = network.manifest.key, {name: value for name, value in person.items() if name in shape.identifiers}
    country = person.get("country")
    sent = {
        name: normalise(network=key, field=name, value=value, country=country, default_country="NL").wire
        for name, value in held.items()
    }
    kept = {name: wire for name, wire in sent.items() if wire}
    for required, riders in shape.together:
        if not required <= kept.keys():
            kept = {name: wire for name, wire in kept.items() if name not in required | riders}
    return kept


def _fields(network: Network, trigger: str, identifiers: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    shape = network.manifest.shapes[trigger]
    is_form = trigger == Trigger.FORM_SUBMISSION
    kind = shape.needs_click[0] if shape.needs_click else ""
    return {
        "shape": shape.key,
        "network_event_id": "5f0c1d2e3b4a59687766554433221100",
        "event_name": "Lead" if is_form else "Sales Opportunity",
        "destination": DESTINATIONS[shape.destination],
        "occurred_at": NOW - timedelta(hours=2),
        "value": Money(Decimal("1249.50"), "EUR"),
        "identifiers": identifiers,
        "click_kind": kind,
        "click": PEOPLE[kind][0] if kind else "",
        "signal": Signal(
            id="s1",
            kind=trigger,
            name="contact-form" if is_form else "opportunity",
            occurred_at=NOW - timedelta(hours=2),
            event_source_url="https://example.nl/offerte" if is_form else "",
            client_ip_address=PEOPLE["client_ip_address"][0] if is_form else "",
            client_user_agent=PEOPLE["client_user_agent"][0] if is_form else "",
        ),
        "account": Account(network.manifest.key, ACCOUNTS[network.manifest.key], "EUR"),
        "workspace": Workspace("w1", "EUR", country="NL", crm_name="Acme CRM"),
        "options": {},
    }
