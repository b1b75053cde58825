"""What a connection reaches at an ad network, as far as the customer chose it (A15)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.connections.models import Connection
from apps.core.ids import new_id
from apps.core.tenancy import TenantModel


class AdAccount(TenantModel):
    """One account at an ad network."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_constraint=False)
    network = models.CharField(max_length=20)
    external_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    business_id = models.CharField(max_length=64, blank=True, help_text="Meta's Business Manager (B01).")
    login_customer_id = models.CharField(max_length=20, blank=True, help_text="Google's manager we sign in through.")
    is_manager = models.BooleanField(default=False, help_text="A Google manager (MCC) account (C07).")
    conversion_customer_id = models.CharField(
        max_length=20, blank=True, help_text="Google's customer whose conversion actions count, where it is another."
    )
    terms_accepted = models.BooleanField(default=True, help_text="Google's customer data terms (C03).")
    route = models.CharField(max_length=20, blank=True, help_text="What the probe of the network's routes found.")
    route_checked_at = models.DateTimeField(null=True)
    cautions = ArrayField(models.CharField(max_length=40), default=list)
    facts = models.JSONField(default=dict, help_text="Settings at the network, as it told them at `checked_at`.")
    checked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "network", "external_id"], name="ad_account_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.external_id})"


class Destination(models.TextChoices):
    """What at the network takes the conversion."""

    PIXEL = "pixel", "Pixel (dataset)"
    CLICK_ACTION = "click_action", "Conversion action for clicks"
    TAG_ACTION = "tag_action", "Conversion action of the website tag"
    RULE = "rule", "Conversion rule"


class ConversionAction(TenantModel):
    """A pixel, conversion action or conversion rule of an ad account: where conversions land."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(AdAccount, on_delete=models.CASCADE, db_constraint=False, related_name="actions")
    kind = models.CharField(max_length=20, choices=Destination.choices)
    external_id = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    cautions = ArrayField(models.CharField(max_length=40), default=list)
    facts = models.JSONField(default=dict)
    gone_at = models.DateTimeField(null=True, help_text="Since when the network no longer lists it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "account", "kind", "external_id"], name="conversion_action_once"
            )
        ]


class LeadSource(TenantModel):
    """A page or account whose leads come in: told by webhook, and asked for as far as `polled_until`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, db_constraint=False)
    network = models.CharField(max_length=20)
    environment = models.CharField(max_length=10)
    external_id = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    sealed = models.BinaryField(help_text="A token of its own, where the network gives it one.")
    created_at = models.DateTimeField()
    polled_until = models.DateTimeField()
    poll_due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, help_text="When a webhook last told of it.")
    trouble = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "network", "external_id"], name="lead_source_once")
        ]
        indexes = [
            models.Index(fields=["network", "external_id"], name="lead_source_told"),
            models.Index(fields=["poll_due_at"], name="lead_source_due"),
        ]


class LeadNotice(TenantModel):
    """That something happened to a lead, once however often it is told; `due_at` is empty when it was dealt with."""

    pk = models.CompositePrimaryKey("workspace_id", "source_id", "lead_id", "deleted")
    source_id = models.UUIDField()
    lead_id = models.CharField(max_length=200)
    deleted = models.BooleanField(default=False)
    told_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    contact_id = models.BigIntegerField(null=True)
    became = models.CharField(max_length=40, blank=True, help_text="made | updated | test | removed | refused: a code")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="lead_notice_due"),
            models.Index(fields=["workspace_id", "source_id", "-told_at"], name="lead_notice_recent"),
        ]
