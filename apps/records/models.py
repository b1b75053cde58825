"""The CRM's records. Properties keep HubSpot's names and are text, as its API gives them."""

from django.db import models

from apps.core.ids import new_id
from apps.core.tenancy import TenantModel


class Record(TenantModel):
    """What contacts, companies and deals have in common."""

    id = models.BigAutoField(primary_key=True)
    properties = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Contact(Record):
    """A person, known by e-mail address where there is one."""

    email = models.CharField(max_length=254, null=True)
    lifecycle_stage = models.CharField(max_length=100, blank=True)
    erased_at = models.DateTimeField(null=True, help_text="Of the person nothing is kept; the row holds their number.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "email"], condition=models.Q(archived_at=None), name="contact_email_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["workspace_id", "-updated_at", "-id"],
                condition=models.Q(archived_at=None),
                name="contact_recent",
            )
        ]


class Company(Record):
    """An organisation, known by its domain where there is one."""

    domain = models.CharField(max_length=253, blank=True)

    class Meta:
        indexes = [models.Index(fields=["workspace_id", "domain"], name="company_by_domain")]


class Deal(Record):
    """A sale in a pipeline. `amount` is in major units of `currency` (ISO 4217; empty: the workspace's)."""

    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True)
    stage = models.ForeignKey("PipelineStage", null=True, on_delete=models.PROTECT, db_constraint=False)


class Pipeline(TenantModel):
    """An ordered way that deals go."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=100)
    label = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace_id", "key"], name="pipeline_key_once")]


class PipelineStage(TenantModel):
    """A step of a pipeline with the probability (0 to 1) that a deal there is won."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, db_constraint=False, related_name="stages")
    key = models.CharField(max_length=100)
    label = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    probability = models.DecimalField(max_digits=4, decimal_places=3)
    is_closed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "pipeline", "key"], name="pipeline_stage_key_once"),
            models.CheckConstraint(
                condition=models.Q(probability__gte=0, probability__lte=1), name="pipeline_stage_probability"
            ),
        ]


class LifecycleStage(TenantModel):
    """One of the workspace's own lifecycle stages, in their order (A09)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    label = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["workspace_id", "name"], name="lifecycle_stage_once")]


class PropertyDefinition(TenantModel):
    """A property that records of one type have, standard or the workspace's own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    object_type = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    label = models.CharField(max_length=200)
    type = models.CharField(max_length=20, default="string")
    field_type = models.CharField(max_length=30, default="text")
    group_name = models.CharField(max_length=100, blank=True)
    options = models.JSONField(default=list)
    is_consent = models.BooleanField(default=False, help_text="Each change of a contact's is kept as a ConsentFact.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace_id", "object_type", "name"], name="property_once")]


class ConsentFact(TenantModel):
    """What a contact's consent property said from a moment on, and who told. Facts are added, never changed.

    Of two facts that hold from the same moment, the one that was recorded later counts. An empty value: nothing is
    known any more, which is a no.
    """

    id = models.BigAutoField(primary_key=True)
    contact_id = models.BigIntegerField()
    property = models.CharField(max_length=100)
    value = models.TextField(blank=True)
    held_from = models.DateTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=60, help_text="form:<id>, lead, api, hubspot, as_found, or the client's own.")

    class Meta:
        indexes = [
            models.Index(fields=["workspace_id", "contact_id", "property", "-held_from", "-id"], name="consent_latest")
        ]


class Association(TenantModel):
    """A link from one record to another; both directions are kept, each as a row."""

    id = models.BigAutoField(primary_key=True)
    from_type = models.CharField(max_length=20)
    from_id = models.BigIntegerField()
    to_type = models.CharField(max_length=20)
    to_id = models.BigIntegerField()
    type_id = models.PositiveIntegerField()
    associated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "from_type", "from_id", "to_type", "to_id", "type_id"], name="association_once"
            )
        ]


class Merge(TenantModel):
    """Two contacts that turned out to be one person: `secondary_id` went into `primary_id`.

    `now_id` is the contact in which both live on today, after whatever merges followed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    primary_id = models.BigIntegerField()
    secondary_id = models.BigIntegerField()
    now_id = models.BigIntegerField()
    filled = models.JSONField(default=list, help_text="Names of the properties that only the secondary had.")
    merged_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workspace_id", "now_id"], name="merge_by_survivor")]
        constraints = [models.UniqueConstraint(fields=["workspace_id", "secondary_id"], name="merge_once")]


class EmailChange(TenantModel):
    """That a contact got another e-mail address, and when; neither address is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    contact_id = models.BigIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workspace_id", "contact_id"], name="email_change_of_contact")]


class Suppression(TenantModel):
    """Something that named an erased person, as a keyed hash: nothing from before `erased_at` is kept of them again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    digest = models.CharField(max_length=64)
    erased_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace_id", "digest"], name="suppression_once")]
