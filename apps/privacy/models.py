"""Certificates of erasures. They say what went and what had left before, and hold nothing of whom it was about."""

from django.db import models

from apps.core.ids import new_id
from apps.core.tenancy import TenantModel


class Erasure(TenantModel):
    """One person erased. `removed` counts rows by kind; `left` lists by ad account what a network had got before."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    erased_at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_label = models.CharField(max_length=254)
    removed = models.JSONField(default=dict)
    left = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["workspace_id", "-erased_at", "-id"], name="erasure_recent")]
