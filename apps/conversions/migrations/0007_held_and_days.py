from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

from apps.domain.states import State


class Migration(migrations.Migration):
    """The index of an event's conversions tells their states too: its new shape stands before the old one goes."""

    atomic = False
    dependencies = [
        ("conversions", "0006_consent"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="conversion",
            index=models.Index(
                fields=["workspace_id", "event_id", "-signal_id"], include=["state"], name="conversion_of_event_state"
            ),
        ),
        AddIndexConcurrently(
            model_name="conversion",
            index=models.Index(
                condition=models.Q(("due_at", None), ("state", State.WAITING)),
                fields=["workspace_id", "expires_at"],
                name="conversion_held",
            ),
        ),
        RemoveIndexConcurrently(model_name="conversion", name="conversion_of_event"),
    ]
