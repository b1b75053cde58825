"""What a decision looks at, read from the rows. Call inside the workspace's scope."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from apps.ads.models import AdAccount
from apps.core.bulk import rows_read
from apps.core.ids import short_hash
from apps.domain import facts
from apps.records.selectors import properties_of
from apps.signals.selectors import AnySignal
from apps.tracking.services import clicks_of


def contacts_of(contact_ids: Iterable[int]) -> dict[int, facts.Contact]:
    """Contacts with their clicks by id, in two queries; one that was erased is left out."""
    wanted = set(contact_ids)
    properties, clicks = properties_of(wanted), clicks_of(wanted)
    return {number: facts.Contact(held, clicks.get(number, {})) for number, held in properties.items()}


_WORKSPACE = "SELECT currency, country, date_order, crm_name FROM workspaces_workspace WHERE id = %(workspace)s"


def workspace_of(workspace_id: UUID) -> facts.Workspace:
    """The workspace, in one query; the same one again as long as nothing of it changes."""
    ((*told,),) = rows_read(_WORKSPACE, {"workspace": workspace_id})
    return _workspace(str(workspace_id), *told)


@lru_cache(maxsize=1_024)
def _workspace(number: str, *told: str) -> facts.Workspace:
    return facts.Workspace(number, *told)


# The columns of an ad account that deciding reads, in the order in which `facts.Account` has them.
ACCOUNT_FACTS = (
    "network",
    "external_id",
    "currency",
    "is_manager",
    "terms_accepted",
    "login_customer_id",
    "conversion_customer_id",
    "route",
)


def account_of(row: AdAccount) -> facts.Account:
    """The ad account of a row."""
    return account_facts(*(getattr(row, name) for name in ACCOUNT_FACTS))


@lru_cache(maxsize=4_096)
def account_facts(*told: Any) -> facts.Account:
    """The ad account with these facts, in the order of ACCOUNT_FACTS: always the same one for the same facts."""
    return facts.Account(*told)


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
