"""What the pipeline keeps of its own: long works that a person asked for."""

from django.db import models

from apps.core.ids import new_id
from apps.core.tenancy import TenantModel


class SimulationState(models.TextChoices):
    """Where a simulation stands."""

    RUNNING = "running", "Running"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class Simulation(TenantModel):
    """A drafted event rehearsed over history. Kept for a day; it holds counts and sums, and ids of a few signals."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event_id = models.UUIDField(null=True, help_text="The event whose settings these are, where it is no draft.")
    draft = models.JSONField(help_text="The event as it was asked for: name, account, trigger and checked settings.")
    fixes = models.JSONField(default=list, help_text="The counterfactuals that are tried with it.")
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=SimulationState.choices)
    done = models.PositiveIntegerField(default=0, help_text="Signals rehearsed so far.")
    total = models.PositiveIntegerField(null=True, help_text="Signals there are; empty until they were counted.")
    result = models.JSONField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    started_by = models.CharField(max_length=254)

    class Meta:
        indexes = [
            models.Index(fields=["workspace_id", "-started_at"], name="simulation_recent"),
            models.Index(
                fields=["started_at"], condition=models.Q(state=SimulationState.RUNNING), name="simulation_running"
            ),
        ]


class SimulationPart(TenantModel):
    """A stretch of a simulation's history, leased by the worker that rehearses it; gone when the simulation ends."""

    pk = models.CompositePrimaryKey("workspace_id", "simulation_id", "number")
    simulation_id = models.UUIDField()
    number = models.PositiveIntegerField()
    first_id = models.UUIDField()
    last_id = models.UUIDField()
    count = models.PositiveIntegerField()
    leased_until = models.DateTimeField(null=True)
    result = models.JSONField(null=True, help_text="Empty until it was rehearsed.")


class ResendKind(models.TextChoices):
    """What is sent: once more what ended badly, or late what the event was not on for."""

    REPLAY = "replay", "Replay"
    BACKFILL = "backfill", "Backfill"


class ResendState(models.TextChoices):
    """Where the job stands."""

    COUNTING = "counting", "Counting"  # its forecast is being made
    DRAFT = "draft", "Draft"  # the forecast is there; nothing happens before somebody starts it
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class Resend(TenantModel):
    """A replay or a backfill. A slice is one transaction that holds this row: who dies takes nothing with them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10, choices=ResendKind.choices)
    event_id = models.UUIDField(null=True, help_text="The one event it is about; a replay may be about all.")
    wanted = models.JSONField(help_text="The filter: states, network, reason, since, until, anew.")
    state = models.CharField(max_length=10, choices=ResendState.choices)
    forecast = models.JSONField(default=dict, help_text="What would become of each: counts, value, samples.")
    outcome = models.JSONField(default=dict, help_text="What became of each so far: the same counts.")
    cursors = models.JSONField(default=dict, help_text="By ad account, how far it has come; empty: it is through.")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    waits_for = models.CharField(max_length=10, blank=True)
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    started_at = models.DateTimeField(null=True)
    started_by = models.CharField(max_length=254, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["workspace_id", "-created_at"], name="resend_recent"),
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="resend_due"),
        ]


class PoisonedSignal(TenantModel):
    """A signal that judging fails on, set aside for the operator: not among the unjudged until it is let in again."""

    pk = models.CompositePrimaryKey("workspace_id", "signal_id")
    signal_id = models.UUIDField()
    recorded_at = models.DateTimeField(help_text="The signal's own.")
    error = models.CharField(max_length=100, help_text="What went wrong, by its kind: texts of errors may name people.")
    at = models.DateTimeField()
