"""An ad account made ready to send for: its network, its sign-in, its pace and its circuit breaker."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings

from apps.ads.asking import target_of
from apps.ads.models import AdAccount
from apps.ads.network import Network
from apps.ads.registry import NETWORKS
from apps.ads.tokens import Renewal, token_ready, token_renew
from apps.ads.wire import Target
from apps.connections.models import ConnectionState, Environment
from apps.connections.services import connection_found_dead
from apps.conversions import owing
from apps.core.tenancy import workspace_scope
from apps.deliveries.circuits import Circuit, everybodys
from apps.deliveries.models import Lane
from apps.deliveries.pacing import Pacing
from apps.deliveries.standstill import standstill_code
from apps.domain.breaker import CLOSED
from apps.domain.outcome import Outcome

_HELD = {
    ConnectionState.WORKING: "",
    ConnectionState.RECONNECT: "reconnect",
    ConnectionState.DISCONNECTED: "disconnected",
}


@dataclass(frozen=True, slots=True)
class Sender:
    """An ad account made ready to send for. `held` says why it cannot be, "" when it can."""

    workspace_id: UUID
    account_id: UUID
    connection_id: UUID
    secret_since: datetime | None
    network: Network
    target: Target
    pacing: Pacing
    circuit: Circuit
    held: str
    terms_accepted: bool

    @classmethod
    def load(cls, workspace_id: UUID, account_id: UUID, now: datetime) -> "Sender":
        """Read the account and its sign-in, renewed if it ends soon. Call outside a scope."""
        with workspace_scope(workspace_id):
            account = AdAccount.objects.get(id=account_id)
            lane = Lane.objects.filter(account_id=account_id).first()
        network = NETWORKS[account.network]
        connection = token_ready(workspace_id=workspace_id, connection_id=account.connection_id, now=now)
        environment = connection.environment
        no_sandbox = "sandbox_away" if environment == Environment.SANDBOX and not settings.SANDBOX_URL else ""
        standstill = standstill_code(manifest=network.manifest, environment=environment)
        return cls(
            workspace_id=workspace_id,
            account_id=account_id,
            connection_id=connection.id,
            secret_since=connection.secret_since,
            network=network,
            target=target_of(network, connection, account),
            pacing=Pacing(network.manifest, connection.id, account_id, environment),
            circuit=Circuit(
                account_id, everybodys(network, environment, who=account_id), lane.breaker if lane else CLOSED
            ),
            held=no_sandbox or _HELD[ConnectionState(connection.state)] or standstill,
            terms_accepted=account.terms_accepted,
        )

    def renewed(self, why: Outcome, now: datetime) -> "Sender":
        """Itself with a newer token, after the network called this one dead; without one it is held."""
        renewal = token_renew(
            workspace_id=self.workspace_id, connection_id=self.connection_id, used=self.secret_since, now=now
        )
        if renewal is Renewal.IMPOSSIBLE:
            return self.ended(why, now)
        if renewal is Renewal.NOT_NOW:
            return replace(self, held=why.code)
        with workspace_scope(self.workspace_id):
            owing.held_lift(account_ids=[self.account_id], now=now)
        return Sender.load(self.workspace_id, self.account_id, now)

    def ended(self, why: Outcome, now: datetime) -> "Sender":
        """Itself held until somebody signs in again, which the connection then asks for."""
        with workspace_scope(self.workspace_id):
            connection_found_dead(connection_id=self.connection_id, reason=why.code, used=self.secret_since, at=now)
        return replace(self, held=_HELD[ConnectionState.RECONNECT])
