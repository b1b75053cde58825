from django.db import migrations, models

from apps.core.indexing import AddIndexInParts


class Migration(migrations.Migration):
    """When an account's next conversion is due, and what was in a request: read by an index, however many there are."""

    atomic = False
    dependencies = [("conversions", "0012_poisoned_found")]
    operations = [
        AddIndexInParts(
            model_name="conversion",
            index=models.Index(
                condition=models.Q(state="waiting"),
                fields=["workspace_id", "account_id", "due_at"],
                name="conversion_next_due",
            ),
        ),
        AddIndexInParts(
            model_name="conversion",
            index=models.Index(
                condition=models.Q(state="sent"), fields=["workspace_id", "request_id"], name="conversion_of_request"
            ),
        ),
    ]
