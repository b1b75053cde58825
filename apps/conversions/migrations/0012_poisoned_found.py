from django.db import migrations, models

from apps.core.indexing import AddIndexInParts


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("conversions", "0011_in_parts"),
    ]

    operations = [
        AddIndexInParts(
            model_name="conversion",
            index=models.Index(
                condition=models.Q(("state", "poisoned")), fields=["workspace_id"], name="conversion_poisoned"
            ),
        ),
    ]
