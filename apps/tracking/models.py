"""What people do on the customer's site: form submissions, and the ad clicks that brought them."""

from django.db import models

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
