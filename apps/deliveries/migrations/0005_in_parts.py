"""Requests and attempts, cut by month. An attempt is written in the transaction of its request's answer, and nothing
else writes one: the reference that would stop requests from leaving by the month proves nothing more."""

from django.db import migrations

from apps.core.cutting import CutByTime

_TABLE, _KEY = "deliveries_attempt", "deliveries_attempt_request_id_tenant_fk"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0001_partitions"), ("deliveries", "0004_circuit")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {_TABLE} DROP CONSTRAINT IF EXISTS {_KEY}",
            f"ALTER TABLE {_TABLE} ADD CONSTRAINT {_KEY} FOREIGN KEY (workspace_id, request_id)"
            " REFERENCES deliveries_request (workspace_id, id) DEFERRABLE INITIALLY DEFERRED",
        ),
        CutByTime("deliveries_request", column="id"),
        CutByTime("deliveries_attempt", column="request_id"),
    ]
