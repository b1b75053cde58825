"""Reading connections and ad accounts. Call inside the workspace's scope."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from apps.ads.cautions import CAUTIONS, Caution
from apps.ads.models import AdAccount, ConversionAction, LeadNotice, LeadSource
from apps.ads.registry import NETWORKS
from apps.connections.models import Connection, ConnectionState
from apps.core.errors import NotFound

SEEN = "event:"  # a fact of a destination: how often an event of that name arrived lately


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A connected ad account: what stands in its way, and in how many places its conversions can land."""

    account: AdAccount
    cautions: tuple[Caution, ...]
    destinations: int


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A sign-in with the accounts that were chosen from it; `ends_in_days` when a person must sign in again soon."""

    connection: Connection
    accounts: tuple[AccountRow, ...]
    ends_in_days: int | None

    @property
    def has_leads(self) -> bool:
        """Whether leads can come in through it."""
        working = self.connection.state == ConnectionState.WORKING
        return working and NETWORKS[self.connection.system].leads is not None


def connections_listed(*, now: datetime) -> list[ConnectionRow]:
    """Every sign-in at an ad network, oldest first: three queries, however many there are."""
    connections = Connection.objects.filter(system__in=NETWORKS).order_by("created_at", "id")
    rows = _account_rows()
    return [
        ConnectionRow(
            connection,
            tuple(row for row in rows if row.account.connection_id == connection.id),
            _days_left(connection, now),
        )
        for connection in connections
    ]


def account_get(*, account_id: UUID) -> AdAccount:
    """An ad account with its connection. Raises NotFound."""
    account = AdAccount.objects.select_related("connection").filter(id=account_id).first()
    if account is None:
        raise NotFound("There is no such ad account in this workspace.")
    return account


def external_ids_of(*, connection_id: UUID) -> frozenset[str]:
    """The ids at the network of the accounts that were chosen from a sign-in."""
    return frozenset(AdAccount.objects.filter(connection_id=connection_id).values_list("external_id", flat=True))


@dataclass(frozen=True, slots=True)
class LeadSourceRow:
    """A page or account whose leads come in, with what became of the latest."""

    source: LeadSource
    latest: tuple[LeadNotice, ...]


def lead_sources_listed(*, connection_id: UUID, latest: int = 10) -> list[LeadSourceRow]:
    """The sources of a sign-in, by name."""
    sources = LeadSource.objects.filter(connection_id=connection_id).order_by("name", "external_id")
    notices = LeadNotice.objects.order_by("-told_at")
    return [LeadSourceRow(each, tuple(notices.filter(source_id=each.id)[:latest])) for each in sources]


def receives_leads(*, connection_id: UUID) -> bool:
    """Whether leads come in through the sign-in."""
    return LeadSource.objects.filter(connection_id=connection_id).exists()


@dataclass(frozen=True, slots=True)
class DestinationRow:
    """Somewhere conversions can land, with what stands in its way."""

    action: ConversionAction
    cautions: tuple[Caution, ...]


def destinations_listed(*, account_id: UUID) -> list[DestinationRow]:
    """All of an account's pixels, conversion actions or rules: those that are still there first, by name."""
    actions = ConversionAction.objects.filter(account_id=account_id)
    listed = sorted(actions, key=lambda action: (action.gone_at is not None, action.kind, action.name.casefold()))
    return [DestinationRow(action, cautions_of(action.cautions)) for action in listed]


def events_known(*, account_id: UUID, standard: Sequence[str]) -> list[str]:
    """Names that an event can have there (B05): those it received lately, most often first, then the standard ones."""
    counts: Counter[str] = Counter()
    for facts in ConversionAction.objects.filter(account_id=account_id, gone_at=None).values_list("facts", flat=True):
        seen = {name.removeprefix(SEEN): number for name, number in facts.items() if name.startswith(SEEN)}
        counts.update({name: int(number) for name, number in seen.items() if number.isdecimal()})
    return [name for name, _ in counts.most_common()] + [name for name in standard if name not in counts]


def cautions_of(codes: list[str]) -> tuple[Caution, ...]:
    """The codes in words; one that is not in the table stands as it is."""
    return tuple(CAUTIONS.get(code) or Caution(code, code, "") for code in codes)


def _account_rows() -> list[AccountRow]:
    there = Count("actions", filter=Q(actions__gone_at=None))
    accounts = AdAccount.objects.annotate(there=there).order_by("name", "external_id")
    return [AccountRow(each, cautions_of(each.cautions), int(each.__dict__["there"])) for each in accounts]


def _days_left(connection: Connection, now: datetime) -> int | None:
    if connection.ends_at is None:
        return None
    days = (connection.ends_at - now).days
    longest = max(NETWORKS[connection.system].sign_in.warn_days, default=0)
    return max(days, 0) if days < longest else None
