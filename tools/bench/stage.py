"""What the measured workspaces are made of: contacts, custom events and conversion events. Needs Django.

`python -m tools.bench.stage [EVENTS]` makes one in the database that the environment names, and prints what a client
from outside is told of it as one line of JSON. Each custom event is wanted by two events, one at Facebook and one at
LinkedIn, so that every signal becomes two conversions, with the identifiers of people from fifteen countries.
"""

import dataclasses
import json
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from tools.demo.people import person

if TYPE_CHECKING:
    from apps.ads.models import AdAccount
    from apps.conversions.rules import Draft

EVENTS, CONTACTS, SEED = 10, 2_000, 11
NETWORKS = ("facebook", "linkedin")
DESTINATIONS = {"facebook": ("pixel", "900100100100101"), "linkedin": ("rule", "104001")}
TOKENS = {"facebook": "EAAsandboxtoken", "linkedin": "AQsandbox"}
# Of each network what both it and the people here have: addresses, phone numbers and names.
SHARED = {
    "facebook": ("email", "phone", "firstname", "lastname", "external_id"),
    "linkedin": ("email", "firstname", "lastname", "country", "company", "jobtitle"),
}


@dataclass(frozen=True, slots=True)
class Staged:
    """A workspace as a client from outside knows it: what `tools.demo.place.Place` is made of."""

    portal_id: int
    forms: dict[str, str]
    behaviours: dict[str, str]
    api_key: str


def set_up() -> None:
    """Load Django for the database that the environment names."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convsync.settings")
    django.setup()


def workspace_staged(
    *, name: str, events: int = EVENTS, contacts: int = CONTACTS, networks: Sequence[str] = NETWORKS
) -> tuple[UUID, Staged]:
    """A workspace with so many events and contacts; its id, and what a client is told. Commits.

    Each custom event is wanted by one event at each of the networks.
    """
    from apps.core.actor import SYSTEM
    from apps.core.tenancy import workspace_scope
    from apps.records.services import property_create, standards_install
    from apps.workspaces.roles import SCOPES
    from apps.workspaces.services import api_key_create, workspace_create

    at = datetime.now(UTC) - timedelta(days=1)
    workspace = workspace_create(name=name, currency="EUR", country="NL")
    with workspace_scope(workspace.id):
        standards_install(workspace_id=workspace.id)
        property_create(workspace_id=workspace.id, object_type="contacts", name="consent", label="Consent")
        behaviours = _events(workspace.id, events, networks, at)
        contacts_staged(workspace.id, contacts)
        _, key = api_key_create(workspace_id=workspace.id, name="Bench", scopes=SCOPES, by=SYSTEM, at=at)
    return workspace.id, Staged(workspace.portal_id, {}, behaviours, key)


def contacts_staged(workspace_id: UUID, count: int) -> None:
    """So many new contacts who all say yes. Call inside the workspace's scope."""
    from apps.records.models import Contact

    now = datetime.now(UTC)
    Contact.objects.bulk_create(
        Contact(
            workspace_id=workspace_id,
            email=properties["email"].lower(),
            properties=properties,
            created_at=now,
            updated_at=now,
        )
        for properties in _people(Contact.objects.count(), count)
    )


def _people(first: int, count: int) -> Iterator[dict[str, str]]:
    rng = random.Random(SEED + first)  # noqa: S311 - the same people at every run
    for number in range(first, first + count):
        yield {**person(rng, number).properties, "consent": "yes", "external_id": f"crm-{number}"}


def _events(workspace_id: UUID, events: int, networks: Sequence[str], at: datetime) -> dict[str, str]:
    """The events, and the ids of the custom events that they are about, by their keys."""
    from apps.conversions.services import event_create
    from apps.core.actor import SYSTEM
    from apps.tracking.behaviours import behaviour_create

    accounts = [_account(workspace_id, network) for network in networks]
    behaviours = {}
    for number in range(events):
        key = f"step_{number // len(networks)}"
        if key not in behaviours:
            behaviour = behaviour_create(workspace_id=workspace_id, name=key, key=key, by=SYSTEM, at=at)
            behaviours[key] = str(behaviour.id)
        draft = _draft(f"Event {number}", accounts[number % len(accounts)], behaviours[key])
        event_create(workspace_id=workspace_id, draft=draft, by=SYSTEM, at=at)
    return behaviours


def _account(workspace_id: UUID, network: str) -> "AdAccount":
    from apps.ads.models import AdAccount, ConversionAction
    from apps.connections.models import Environment, sealed_connection

    connection = sealed_connection(
        workspace_id=workspace_id,
        system=network,
        name="Bench",
        environment=Environment.SANDBOX,
        credentials={"access_token": TOKENS[network]},
    )
    connection.save()
    account = AdAccount.objects.create(
        workspace_id=workspace_id,
        connection=connection,
        network=network,
        external_id="act_1" if network == "facebook" else "507001001",
        name="Bench",
        currency="EUR",
        time_zone="Europe/Amsterdam",
        business_id="1",
    )
    kind, number = DESTINATIONS[network]
    ConversionAction.objects.create(
        workspace_id=workspace_id, account=account, kind=kind, external_id=number, name="Bench"
    )
    return account


def _draft(name: str, account: "AdAccount", behaviour_id: str) -> "Draft":
    from apps.conversions.rules import Draft

    return Draft(
        name=name,
        account_id=str(account.id),
        trigger="custom_event",
        trigger_name=behaviour_id,
        network_event_name="Lead",
        destination=DESTINATIONS[account.network][1],
        value_from="fixed",
        value="25.00",
        consent_property="consent",
        consent_values=("yes",),
        shared_fields=SHARED[account.network],
    )


def main(arguments: Sequence[str]) -> int:
    """Make one workspace, and tell it."""
    set_up()
    _, staged = workspace_staged(name="Bench", events=int(arguments[0]) if arguments else EVENTS)
    print(json.dumps(dataclasses.asdict(staged)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
