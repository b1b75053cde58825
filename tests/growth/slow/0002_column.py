"""Wants a lock on the whole table, for a moment."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0001_partitions")]
    operations = [
        migrations.RunSQL("ALTER TABLE scratch ADD COLUMN added integer", "ALTER TABLE scratch DROP COLUMN added")
    ]
