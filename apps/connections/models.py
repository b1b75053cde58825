"""A workspace's sign-ins at outside systems, tokens sealed."""

from uuid import UUID

from django.db import models

from apps.core import vault
from apps.core.ids import new_id
from apps.core.tenancy import TenantModel


class ConnectionState(models.TextChoices):
    """Whether the sign-in can be used."""

    WORKING = "working", "Working"
    RECONNECT = "reconnect", "Needs to be connected again"


class Environment(models.TextChoices):
    """Which host answers: the outside system itself or the local sandbox."""

    LIVE = "live", "Live"
    SANDBOX = "sandbox", "Sandbox"


class Connection(TenantModel):
    """One sign-in at one outside system."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    system = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    environment = models.CharField(max_length=10, choices=Environment.choices, default=Environment.LIVE)
    sealed = models.BinaryField()
    state = models.CharField(max_length=10, choices=ConnectionState.choices, default=ConnectionState.WORKING)
    state_reason = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def credentials(self) -> dict[str, str]:
        """The opened secret. Keep it in memory only."""
        return vault.open_sealed(self.sealed)

    def __repr__(self) -> str:
        return f"<Connection {self.id} at {self.system}>"


def sealed_connection(
    *, workspace_id: UUID, system: str, name: str, environment: Environment, credentials: dict[str, str]
) -> Connection:
    """An unsaved connection whose `credentials` are sealed on the way in."""
    sealed = vault.seal(credentials)
    return Connection(workspace_id=workspace_id, system=system, name=name, environment=environment, sealed=sealed)
