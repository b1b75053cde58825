"""What is kept to operate an instance: alerts, who is told of them and how, and when the scheduler last ticked."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.ids import new_id
from apps.core.tenancy import TenantModel


class Alert(TenantModel):
    """Something that is the matter, from when it was first seen until it was over. Once for each kind and subject.

    A workspace's own, or without one the operator's. `detail` fills the kind's sentence; there is no person in it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace_id = models.UUIDField(null=True, editable=False)  # type: ignore[assignment]  # the operator has none
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=64, help_text="What it is about: an account's, event's or network's id.")
    detail = models.JSONField(default=dict)
    since = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, help_text="Empty: it has not lasted long enough to be told.")
    gone_since = models.DateTimeField(null=True, help_text="Not there at the last look; over if it stays away.")
    ended_at = models.DateTimeField(null=True)
    told_open = models.BooleanField(default=False)
    told_end = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "kind", "subject"],
                condition=models.Q(ended_at=None),
                nulls_distinct=False,
                name="alert_once",
            )
        ]
        indexes = [
            models.Index(fields=["workspace_id", "-since"], name="alert_recent"),
            models.Index(
                fields=["workspace_id"],
                condition=models.Q(opened_at__isnull=False, told_end=False),
                name="alert_untold",
            ),
        ]


class AlertSettings(TenantModel):
    """Who is told in a workspace, and how. Without a row: its admins, by mail."""

    workspace_id = models.UUIDField(primary_key=True, editable=False)
    recipients = ArrayField(models.UUIDField(), null=True, help_text="Members who are mailed. Null: all admins.")
    muted = ArrayField(models.CharField(max_length=20), default=list, help_text="Kinds nobody is told of.")
    mailed_at = models.DateTimeField(null=True)
    hook_url = models.CharField(max_length=500, blank=True)
    hook_sealed = models.BinaryField(default=b"", help_text="What the hook's messages are signed with.")
    hook_off = models.BooleanField(default=False, help_text="It failed for too long.")
    hook_failing_since = models.DateTimeField(null=True)


class HookMessage(TenantModel):
    """One message to a workspace's webhook, until it was taken or given up: written with what it tells of."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, db_constraint=False, related_name="+")
    told = models.CharField(max_length=10, help_text="opened | ended")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="Empty: taken or given up.")
    tries = models.PositiveSmallIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True, help_text="The last answer's; 0: none came.")
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="hook_message_due"),
            models.Index(fields=["workspace_id", "-made_at"], name="hook_message_recent"),
        ]


class Moment(models.Model):
    """A moment of the whole instance that somebody asks for later: when the scheduler last rang, say."""

    name = models.CharField(primary_key=True, max_length=40)
    at = models.DateTimeField()
