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
