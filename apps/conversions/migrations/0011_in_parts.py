"""Conversions, cut as the signals are that they were judged from."""

from django.db import migrations

from apps.core.cutting import CutByTime


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("conversions", "0010_unknown_and_poisoned"), ("core", "0001_partitions"), ("signals", "0005_in_parts")]
    operations = [CutByTime("conversions_conversion", column="signal_id", months=3)]
