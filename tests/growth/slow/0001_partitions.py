"""Stands in for the one of the same name, which is applied."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = []
    operations = []
