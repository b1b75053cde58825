"""A workspace's sign-ins at outside systems, tokens sealed, and the attempts at signing in that are under way."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core import vault
from apps.core.ids import new_id
from apps.core.tenancy import TenantModel


class ConnectionState(models.TextChoices):
    """Whether the sign-in can be used."""

    WORKING = "working", "Working"
    RECONNECT = "reconnect", "Needs to be connected again"
    DISCONNECTED = "disconnected", "Disconnected"


class Environment(models.TextChoices):
    """Which host answers: the outside system itself or the local sandbox."""

    LIVE = "live", "Live"
    SANDBOX = "sandbox", "Sandbox"


class Connection(TenantModel):
    """One sign-in at one outside system.

    `expires_at` is the access token's end, which renewing moves; at `ends_at` a person must sign in again, renewed or
    not. An empty `sealed` holds nothing: the sign-in was given back.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    system = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    environment = models.CharField(max_length=10, choices=Environment.choices, default=Environment.LIVE)
    sealed = models.BinaryField()
    scopes = ArrayField(models.CharField(max_length=100), null=True, help_text="Null: the system does not tell.")
    state = models.CharField(max_length=12, choices=ConnectionState.choices, default=ConnectionState.WORKING)
    state_reason = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    signed_in_at = models.DateTimeField(null=True)
    secret_since = models.DateTimeField(null=True)
    warned_days = models.PositiveSmallIntegerField(null=True, help_text="Days before the end that was warned of last.")
    created_at = models.DateTimeField(auto_now_add=True)

    def credentials(self) -> dict[str, str]:
        """The opened secret; empty once disconnected. Keep it in memory only."""
        return vault.open_sealed(self.sealed) if self.sealed else {}

    def __repr__(self) -> str:
        return f"<Connection {self.id} at {self.system}>"


class SignInAttempt(TenantModel):
    """Somebody on the way through a sign-in: bound to workspace, person, session and system, and good for one return.

    `sealed` holds what the way back needs (PKCE's verifier) and then, until accounts are chosen, what was granted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    system = models.CharField(max_length=20)
    environment = models.CharField(max_length=10, choices=Environment.choices)
    user_id = models.BigIntegerField()
    session = models.CharField(max_length=64, help_text="SHA-256 of the browser session's key.")
    state = models.CharField(max_length=64, help_text="SHA-256 of the state that travels.")
    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.CASCADE, db_constraint=False, help_text="The one to connect again."
    )
    purposes = ArrayField(models.CharField(max_length=20), default=list, help_text="What permissions were asked for.")
    sealed = models.BinaryField()
    granted = models.JSONField(null=True, help_text="What the grant says beside its secret.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace_id", "state"], name="sign_in_state_once")]


def sealed_connection(
    *, workspace_id: UUID, system: str, name: str, environment: Environment, credentials: dict[str, str]
) -> Connection:
    """An unsaved connection whose `credentials` are sealed on the way in."""
    sealed = vault.seal(credentials)
    return Connection(workspace_id=workspace_id, system=system, name=name, environment=environment, sealed=sealed)
