"""Ready cases for the decision: everything in order, so that a test changes the one thing it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from apps.domain.decision import Case
from apps.domain.facts import (
    Account,
    Click,
    ConsentRule,
    Contact,
    Deal,
    EventRules,
    Signal,
    Trigger,
    ValueFrom,
    ValueRule,
    Workspace,
)
from apps.domain.manifest import Shape

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HAPPENED = NOW - timedelta(minutes=5)

WEB = Shape(
    key="web",
    label="Website event",
    identifiers=("email", "phone", "firstname", "lastname", "city", "client_ip_address", "client_user_agent", "fbc"),
    max_age=timedelta(days=7),
    margin=timedelta(hours=1),
    needs_from_visit=("client_user_agent", "event_source_url"),
    always_shared=("client_user_agent", "fbc"),
    too_weak=(frozenset({"city", "client_user_agent"}), frozenset({"firstname", "client_user_agent"})),
    destination="pixel",
)
LEAD = Shape(
    key="lead",
    label="Conversion lead",
    identifiers=("lead_id", "email"),
    max_age=timedelta(days=7),
    needs_lead=True,
    always_shared=("lead_id",),
)
CLICK = Shape(
    key="click",
    label="Click conversion",
    identifiers=("email",),
    needs_click=("gclid", "wbraid"),
    click_window=timedelta(days=90),
    needs_match=False,
)
ENHANCEMENT = Shape(
    key="enhancement",
    label="Enhancement",
    identifiers=("email", "firstname", "lastname", "city", "zip", "country"),
    together=((frozenset({"firstname", "lastname", "zip", "country"}), frozenset({"city"})),),
    max_age=timedelta(hours=24),
    manager_account_allowed=False,
    needs_terms=True,
)


def case(**changes: object) -> Case:
    """A form submission at Facebook that is sent; `changes` replace parts of it, or fields of a part as part__field."""
    whole = Case(
        signal=Signal(
            id="s1",
            kind=Trigger.FORM_SUBMISSION,
            name="form",
            occurred_at=HAPPENED,
            event_source_url="https://example.com/contact",
            client_ip_address="8.8.8.8",
            client_user_agent="Mozilla/5.0",
        ),
        contact=Contact(
            {"email": "jo@example.com", "consent": "yes", "firstname": "Jo", "city": "Utrecht"},
        ),
        deal=Deal(Decimal(1000), "EUR", Decimal("0.4")),
        event=EventRules(
            id="e1",
            trigger=Trigger.FORM_SUBMISSION,
            trigger_name="form",
            on_since=NOW - timedelta(days=30),
            network_event_name="Lead",
            destination="123",
            value=ValueRule(ValueFrom.DEAL, Decimal(25)),
            consent=ConsentRule("consent", frozenset({"yes"})),
        ),
        account=Account("facebook", "act_1"),
        workspace=Workspace("w1", "EUR", "NL"),
        shape=WEB,
        now=NOW,
    )
    for name, value in changes.items():
        part, _, field = name.partition("__")
        whole = replace(whole, **{part: replace(getattr(whole, part), **{field: value}) if field else value})
    return whole


def click(days_ago: float, value: str = "Cj0KCQiA_abcdefghijklmnop") -> Click:
    """A click so many days before the signal."""
    return Click(value, HAPPENED - timedelta(days=days_ago))
