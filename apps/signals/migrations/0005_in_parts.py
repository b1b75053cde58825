"""Signals, cut by quarter: they are looked up by more than their moment, and each part costs such a question a little."""

from django.db import migrations

from apps.core.cutting import CutByTime


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0001_partitions"), ("signals", "0004_unjudged")]
    operations = [CutByTime("signals_signal", column="id", months=3)]
