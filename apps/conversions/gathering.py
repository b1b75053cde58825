"""What a decision looks at, read from the rows. Call inside the workspace's scope."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from apps.ads.models import AdAccount
from apps.core.ids import short_hash
from apps.domain import facts
from apps.records.selectors import properties_of
from apps.signals.selectors import AnySignal
from apps.tracking.services import clicks_of
from apps.workspaces.models import Workspace


def contacts_of(contact_ids: Iterable[int]) -> dict[int, facts.Contact]:
    """Contacts with their clicks by id, in two queries; one that was erased is left out."""
    wanted = set(contact_ids)
    properties, clicks = properties_of(wanted), clicks_of(wanted)
    return {number: facts.Contact(held, clicks.get(number, {})) for number, held in properties.items()}


def workspace_of(workspace_id: UUID) -> facts.Workspace:
    """The workspace, in one query."""
    row = Workspace.objects.get(id=workspace_id)
    return facts.Workspace(str(row.id), row.currency, row.country, row.date_order, row.crm_name)


def account_of(row: AdAccount) -> facts.Account:
    """The ad account of a row."""
    return facts.Account(
        network=row.network,
        external_id=row.external_id,
        currency=row.currency,
        is_manager=row.is_manager,
        terms_accepted=row.terms_accepted,
        login_customer_id=row.login_customer_id,
        conversion_customer_id=row.conversion_customer_id,
        route=row.route,
    )


def signal_of(row: AnySignal) -> facts.Signal:
    """The signal of a row."""
    told = row.facts.get
    value, original = told("value"), told("original_occurred_at")
    return facts.Signal(
        str(row.id),
        row.kind,
        row.name,
        row.occurred_at,
        told("order_id", ""),
        told("event_id", ""),
        told("action_source", ""),
        told("event_source_url", ""),
        told("referrer_url", ""),
        told("client_ip_address", ""),
        told("client_user_agent", ""),
        None if value is None else Decimal(value),
        told("currency", ""),
        told("adjustment", ""),
        datetime.fromisoformat(original) if original else None,
    )


def network_event_id(workspace: facts.Workspace, event: facts.EventRules, signal: facts.Signal) -> str:
    """The id that the conversion carries at the network, the same however often it is worked out.

    It is the one that the page's own pixel used, where that was told, so that the network counts the two as one (Meta,
    parameters `eventID` and `event_id`: "Deduplicate pixel and server events").
    """
    return signal.event_id or short_hash(workspace.id, event.id, signal.id)
