from apps.core.tenancy import Isolate
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("records", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="propertydefinition",
            name="is_consent",
            field=models.BooleanField(default=False, help_text="Each change of a contact's is kept as a ConsentFact."),
        ),
        migrations.CreateModel(
            name="ConsentFact",
            fields=[
                ("workspace_id", models.UUIDField(editable=False)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("contact_id", models.BigIntegerField()),
                ("property", models.CharField(max_length=100)),
                ("value", models.TextField(blank=True)),
                ("held_from", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "source",
                    models.CharField(
                        help_text="form:<id>, lead, api, hubspot, as_found, or the client's own.", max_length=60
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["workspace_id", "contact_id", "property", "-held_from", "-id"], name="consent_latest"
                    )
                ],
            },
        ),
        Isolate("records_consentfact"),
    ]
