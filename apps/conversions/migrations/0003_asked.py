import apps.core.tenancy
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("conversions", "0002_doubtful_since"),
        ("workspaces", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Circumstances",
            fields=[
                ("workspace_id", models.UUIDField(editable=False)),
                ("pk", models.CompositePrimaryKey("workspace_id", "id", blank=True, editable=False, primary_key=True, serialize=False)),
                ("id", models.UUIDField()),
                ("told", models.JSONField()),
            ],
            options={"abstract": False, "base_manager_name": "objects"},
        ),
        migrations.AddField(
            model_name="conversion",
            name="asked",
            field=models.TextField(default="", help_text="What the decision looked at, as JSON (rerun.py). No person in it."),
        ),
        migrations.AddField(
            model_name="conversion",
            name="circumstances_id",
            field=models.UUIDField(null=True),
        ),
        apps.core.tenancy.Isolate("conversions_circumstances", keyed=False),
    ]
