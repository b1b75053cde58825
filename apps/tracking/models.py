"""What people do on the customer's site: form submissions, custom events, and the ad clicks that brought them."""

from django.db import models
from django.db.models.functions import Lower

from apps.core.ids import new_id
from apps.core.tenancy import TenantModel


class Form(TenantModel):
    """A form of the workspace; its id is the GUID that clients post to."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    fields = models.JSONField(default=list)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)


class Submission(TenantModel):
    """One filled-in form, as it came."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    form = models.ForeignKey(Form, on_delete=models.PROTECT, db_constraint=False)
    contact_id = models.BigIntegerField()
    values = models.JSONField()
    context = models.JSONField(default=dict)
    submitted_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workspace_id", "contact_id", "-submitted_at"], name="submission_of_contact")]


class Behaviour(TenantModel):
    """A custom event that the workspace counts (E01). `key` is its name as integrators write it, made once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    key = models.CharField(max_length=100)
    tags = models.JSONField(default=list)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.F("workspace_id"),
                Lower("name"),
                condition=models.Q(archived_at=None),
                name="behaviour_name_once",
            ),
            models.UniqueConstraint(
                fields=["workspace_id", "key"], condition=models.Q(archived_at=None), name="behaviour_key_once"
            ),
        ]


class Completion(TenantModel):
    """One time that a contact did it. `told_id` is the client's own id of it: the same id again is the same completion.

    `value` is in major units of `currency` (ISO 4217; empty: the event's or the workspace's).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    behaviour = models.ForeignKey(Behaviour, on_delete=models.PROTECT, db_constraint=False)
    contact_id = models.BigIntegerField()
    told_id = models.CharField(max_length=100, blank=True)
    value = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True)
    completed_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "told_id"], condition=~models.Q(told_id=""), name="completion_told_once"
            )
        ]
        indexes = [
            models.Index(fields=["workspace_id", "completed_at", "behaviour"], name="completion_recent"),
            models.Index(fields=["workspace_id", "contact_id", "-completed_at"], name="completion_of_contact"),
        ]


class AdClick(TenantModel):
    """A click id or lead id that belongs to a contact, and when it was first seen."""

    id = models.BigAutoField(primary_key=True)
    contact_id = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=500)
    first_seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "contact_id", "kind", "value"], name="ad_click_once")
        ]
        indexes = [models.Index(fields=["workspace_id", "kind", "value"], name="ad_click_by_value")]
