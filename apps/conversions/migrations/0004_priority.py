from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Expand: workers of the release before write no priority and claim by the index that is still there."""

    atomic = False
    dependencies = [("conversions", "0003_asked")]

    operations = [
        migrations.AddField(
            model_name="conversion",
            name="priority",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        AddIndexConcurrently(
            model_name="conversion",
            index=models.Index(
                condition=models.Q(state="waiting"),
                fields=["workspace_id", "account_id", "route", "priority", "expires_at"],
                name="conversion_turn",
            ),
        ),
    ]
