from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    """Contract: nobody claims by the index without a priority any more."""

    atomic = False
    dependencies = [("conversions", "0004_priority")]

    operations = [RemoveIndexConcurrently(model_name="conversion", name="conversion_due")]
