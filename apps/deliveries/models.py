"""Delivery: lanes that take turns, requests that left, and attempts that did not go well."""

from django.db import models

from apps.core.tenancy import TenantModel
from apps.domain.breaker import Breaker
from apps.domain.states import RequestState


class Lane(TenantModel):
    """One ad account's queue: one worker at a time sends for it."""

    pk = models.CompositePrimaryKey("workspace_id", "account_id")
    account_id = models.UUIDField()
    next_due_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    held_until = models.DateTimeField(null=True, help_text="Whatever wakes it, it is not served before.")
    held_reason = models.CharField(max_length=100, blank=True)
    faults = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Calls in a row that came to nothing.")
    open_until = models.DateTimeField(null=True, help_text="Until when its circuit breaker lets nothing through.")

    class Meta:
        indexes = [models.Index(fields=["next_due_at"], name="lane_due")]

    @property
    def breaker(self) -> Breaker:
        """Where its circuit breaker stands."""
        return Breaker(self.faults, self.open_until)


class Request(TenantModel):
    """One call to a network, saved as sending before it leaves."""

    pk = models.CompositePrimaryKey("workspace_id", "id")
    id = models.UUIDField()
    account_id = models.UUIDField()
    network = models.CharField(max_length=20)
    url = models.CharField(max_length=500)
    count = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in RequestState])
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    milliseconds = models.PositiveIntegerField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    trace_id = models.CharField(max_length=120, blank=True)
    answer = models.TextField(blank=True, help_text="The beginning of what came back, personal data masked.")
    confirm_at = models.DateTimeField(null=True, help_text="When to ask what became of it. Null: it is known.")
    confirm_tries = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)
    confirmation = models.JSONField(null=True, help_text="How many ended how, by the network's code; '' is well.")

    class Meta:
        indexes = [
            models.Index(fields=["workspace_id", "account_id", "-sent_at"], name="request_recent"),
            models.Index(
                fields=["confirm_at"], condition=models.Q(confirm_at__isnull=False), name="request_to_confirm"
            ),
        ]


class Attempt(TenantModel):
    """One conversion's part in one request, kept where it was not simply accepted."""

    pk = models.CompositePrimaryKey("workspace_id", "request_id", "signal_id", "event_id")
    request_id = models.UUIDField()
    signal_id = models.UUIDField()
    event_id = models.UUIDField()
    verdict = models.CharField(max_length=10)
    code = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workspace_id", "signal_id", "event_id"], name="attempt_of_conversion")]
