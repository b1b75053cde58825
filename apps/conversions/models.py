"""Conversion events, as marketers configure them, and conversions: signals judged for an event."""

from django.db import models

from apps.ads.models import AdAccount
from apps.core.ids import new_id
from apps.core.tenancy import TenantModel
from apps.domain.states import ENDED, IN_DOUBT, Priority, State


class Event(TenantModel):
    """A conversion event. `on_since` is empty while it is off; signals from before it never count (A04, A06)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    account = models.ForeignKey(AdAccount, on_delete=models.PROTECT, db_constraint=False)
    trigger = models.CharField(max_length=20)
    trigger_name = models.CharField(max_length=100, help_text="The form's id or the lifecycle stage's name.")
    version = models.ForeignKey(
        "EventVersion", null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    on_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["workspace_id", "trigger", "trigger_name"],
                condition=models.Q(deleted_at=None),
                name="event_by_trigger",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "name"], condition=models.Q(deleted_at=None), name="event_name_once"
            )
        ]


class EventVersion(TenantModel):
    """What was configured when; a conversion names the version that judged it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, db_constraint=False, related_name="versions")
    number = models.PositiveIntegerField()
    settings = models.JSONField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace_id", "event", "number"], name="event_version_once")]


class Circumstances(TenantModel):
    """What many decisions shared (rerun.py), kept once: the id is the digest of what is told."""

    pk = models.CompositePrimaryKey("workspace_id", "id")
    id = models.UUIDField()
    told = models.JSONField()


class Conversion(TenantModel):
    """One signal judged for one event: blocked with its reason, or frozen and owed to the network.

    `payload` is the network's own element, byte for byte what leaves; nothing after judging changes it.
    """

    pk = models.CompositePrimaryKey("workspace_id", "signal_id", "event_id")
    signal_id = models.UUIDField()
    event_id = models.UUIDField()
    version_id = models.UUIDField()
    account_id = models.UUIDField()
    contact_id = models.BigIntegerField()
    network = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in State])
    reason = models.CharField(max_length=100, blank=True)
    trace = models.JSONField(default=list)
    asked = models.TextField(default="", help_text="What the decision looked at, as JSON (rerun.py). No person in it.")
    circumstances_id = models.UUIDField(null=True)
    value = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True)
    network_event_id = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField()
    judged_at = models.DateTimeField()
    route = models.CharField(max_length=120, blank=True, help_text="Conversions of one route can share a request.")
    payload = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    priority = models.PositiveSmallIntegerField(default=Priority.LIVE, db_default=Priority.LIVE)
    due_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    request_id = models.UUIDField(null=True)
    settled_at = models.DateTimeField(null=True)
    doubtful_since = models.DateTimeField(null=True, help_text="Since when it may have been taken without our knowing.")

    class Meta:
        indexes = [
            models.Index(
                fields=["workspace_id", "account_id", "route", "priority", "expires_at"],
                condition=models.Q(state=State.WAITING),
                name="conversion_turn",
            ),
            models.Index(
                fields=["workspace_id", "account_id", "due_at"],
                condition=models.Q(state=State.WAITING),
                name="conversion_next_due",
            ),
            models.Index(
                fields=["workspace_id", "request_id"],
                condition=models.Q(state=State.SENT),
                name="conversion_of_request",
            ),
            models.Index(
                fields=["workspace_id", "leased_until"],
                condition=models.Q(state=State.SENDING),
                name="conversion_leased",
            ),
            models.Index(
                fields=["workspace_id", "contact_id"],
                condition=models.Q(state=State.WAITING),
                name="conversion_waiting_for",
            ),
            models.Index(
                fields=["workspace_id", "event_id", "-signal_id"], include=["state"], name="conversion_of_event_state"
            ),
            models.Index(
                fields=["workspace_id", "expires_at"],
                condition=models.Q(state=State.WAITING, due_at=None),
                name="conversion_held",
            ),
            models.Index(fields=["workspace_id"], condition=models.Q(state=State.POISONED), name="conversion_poisoned"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in State]), name="conversion_state"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.BLOCKED) | ~models.Q(reason=""), name="conversion_blocked_says_why"
            ),
        ]

    @property
    def standing(self) -> str:
        """Its state, or IN_DOUBT: it waits to leave again, and may have been taken already."""
        return IN_DOUBT if self.doubtful_since is not None and self.state not in ENDED else self.state
