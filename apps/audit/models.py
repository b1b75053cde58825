"""Who did what, when. Append-only: the database refuses to change or delete an entry.

One exception: when a person is erased, subject and detail of what names them are blanked (ADR 14)."""

from django.db import models

from apps.core.ids import new_id
from apps.core.tenancy import TenantModel


class Entry(TenantModel):
    """One act by one actor on one thing of the workspace."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=40, blank=True)
    actor_label = models.CharField(max_length=254)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["workspace_id", "-at"], name="audit_recent")]
