"""Answers kept for a day, so that a request sent again with its Idempotency-Key is not done again."""

from django.db import models

from apps.core.ids import new_id
from apps.core.tenancy import TenantModel


class KeptAnswer(TenantModel):
    """What a POST with an Idempotency-Key answered; written in the transaction of what it did."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the method, the path and the body.")
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    answered_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workspace_id", "answered_at"], name="kept_answer_by_age")]
        constraints = [models.UniqueConstraint(fields=["workspace_id", "key"], name="kept_answer_once")]
