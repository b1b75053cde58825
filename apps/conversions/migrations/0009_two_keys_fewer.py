"""Two checks a row less: a conversion is written from the signal and the version that were just read.

`manage ledger_check` finds one whose signal is gone, and signals can leave with the time that they are from.
"""

from django.db import migrations

_TABLE = "conversions_conversion"


class Migration(migrations.Migration):
    dependencies = [("conversions", "0008_fewer_checks")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {_TABLE} DROP CONSTRAINT {_TABLE}_signal_id_tenant_fk,"
            f" DROP CONSTRAINT {_TABLE}_version_id_tenant_fk",
            migrations.RunSQL.noop,
        )
    ]
