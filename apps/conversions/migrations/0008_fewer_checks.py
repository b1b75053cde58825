"""A conversion's signal and version prove its workspace and its event; two further checks a row said the same."""

from django.db import migrations

_TABLE = "conversions_conversion"


class Migration(migrations.Migration):
    dependencies = [("conversions", "0007_held_and_days")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {_TABLE} DROP CONSTRAINT {_TABLE}_workspace_fk,"
            f" DROP CONSTRAINT {_TABLE}_event_id_tenant_fk",
            migrations.RunSQL.noop,
        )
    ]
