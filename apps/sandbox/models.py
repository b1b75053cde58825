"""The sandbox's tables. Bodies are text, not jsonb: what was sent is kept as it was sent, NUL escapes included.

Managers are spelled out because the type checker knows only the product's installed apps.
"""

from typing import ClassVar

from django.db import models


class State(models.TextChoices):
    """What became of a conversion that reached the sandbox."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DUPLICATE = "duplicate"


class Request(models.Model):
    """One HTTP call to one of the networks, with the answer it got. Tokens are never kept."""

    objects: ClassVar[models.Manager["Request"]] = models.Manager()

    network = models.TextField()
    account = models.TextField()
    path = models.TextField()
    status = models.IntegerField()
    reason = models.TextField()
    trace = models.TextField()
    extras = models.TextField()
    answer = models.TextField()
    conversions = models.IntegerField()
    duration_ms = models.IntegerField()
    received_at = models.DateTimeField()


class Received(models.Model):
    """One conversion that arrived: accepted, refused or recognised as a duplicate, with the reason."""

    objects: ClassVar[models.Manager["Received"]] = models.Manager()

    request_id: int
    # Written and emptied together with its request; a constraint would only cost time on every row.
    request = models.ForeignKey(Request, on_delete=models.DO_NOTHING, db_index=False, db_constraint=False)
    position = models.IntegerField()
    network = models.TextField()
    account = models.TextField()
    key = models.TextField()
    name = models.TextField()
    state = models.TextField(choices=State)
    reason = models.TextField()
    received_at = models.DateTimeField()
    body = models.TextField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "id"], name="received_by_state")]


class Seen(models.Model):
    """A thing a network recognises when it comes again, under a fixed-size fingerprint of what identifies it."""

    objects: ClassVar[models.Manager["Seen"]] = models.Manager()

    fingerprint = models.TextField(primary_key=True)
    first_at = models.DateTimeField()


class Tally(models.Model):
    """Running counts per network and account, so that no page and no test ever counts the ledger."""

    objects: ClassVar[models.Manager["Tally"]] = models.Manager()

    network = models.TextField()
    account = models.TextField()
    requests = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["network", "account"], name="one_tally_per_account")]


class NetworkWorld(models.Model):
    """A network's accounts, assets and tokens where they differ from the default world."""

    objects: ClassVar[models.Manager["NetworkWorld"]] = models.Manager()

    network = models.TextField(primary_key=True)
    data = models.JSONField()


class Desk(models.Model):
    """The one row every request reads: which world is current and how far the clock is off."""

    objects: ClassVar[models.Manager["Desk"]] = models.Manager()

    revision = models.BigIntegerField(default=0)
    offset_seconds = models.BigIntegerField(default=0)


class ScriptedFault(models.Model):
    """One fault that waits for the next request to its network."""

    objects: ClassVar[models.Manager["ScriptedFault"]] = models.Manager()

    network = models.TextField()
    fault = models.JSONField()
