"""Signals: facts that a conversion event may want. Written once, with the change that caused them."""

from django.db import models

from apps.core.tenancy import TenantModel


class SignalKind(models.TextChoices):
    """What can happen."""

    FORM_SUBMISSION = "form_submission", "Form submission"
    STAGE_CHANGE = "stage_change", "Lifecycle stage change"
    CUSTOM_EVENT = "custom_event", "Custom event"
    ADJUSTMENT = "adjustment", "Correction of a conversion that was sent"


class Signal(TenantModel):
    """One fact. Its id is derived from what caused it, so the same fact cannot be written twice."""

    pk = models.CompositePrimaryKey("workspace_id", "id")
    id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=SignalKind.choices)
    name = models.CharField(
        max_length=100,
        help_text="What events choose by: a form's or custom event's id, a stage's name; a correction: its event.",
    )
    contact_id = models.BigIntegerField()
    facts = models.JSONField(default=dict)
    repeat_key = models.CharField(max_length=40, blank=True, help_text="Equal for repeats of one act (A13).")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["workspace_id", "-recorded_at", "-id"], name="signal_recent"),
            models.Index(
                fields=["workspace_id", "repeat_key", "occurred_at"],
                condition=~models.Q(repeat_key=""),
                name="signal_repeats",
            ),
            models.Index(fields=["workspace_id", "contact_id", "-occurred_at"], name="signal_of_contact"),
            models.Index(fields=["workspace_id", "kind", "name", "id"], name="signal_of_trigger"),
        ]


class Unjudged(TenantModel):
    """A signal that is still to be judged; its row goes when that is done, and the signal itself never changes.

    A mark in the signal's own row would be written into every one of that table's indexes.
    """

    pk = models.CompositePrimaryKey("workspace_id", "signal_id")
    signal_id = models.UUIDField()
    recorded_at = models.DateTimeField()
