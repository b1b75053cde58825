"""What is still to be judged stands in a table of its own, so that judging a signal does not write the signal."""

from django.db import migrations, models

from apps.core.tenancy import EVERY, SETTING, Isolate

_EVERYBODY = f"SELECT set_config('{SETTING}', '{EVERY}', true)"
_HERE, _THERE = "signals_signal", "signals_unjudged"


class Migration(migrations.Migration):
    dependencies = [("signals", "0003_of_trigger")]
    operations = [
        migrations.CreateModel(
            name="Unjudged",
            fields=[
                ("workspace_id", models.UUIDField(editable=False)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "workspace_id", "signal_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("signal_id", models.UUIDField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={"abstract": False, "base_manager_name": "objects"},
        ),
        Isolate(_THERE, keyed=False),
        # It is written with its signal, whose own reference says which workspace it is of.
        migrations.RunSQL(f"ALTER TABLE {_THERE} DROP CONSTRAINT {_THERE}_workspace_fk", migrations.RunSQL.noop),
        migrations.RunSQL(
            f"{_EVERYBODY}; INSERT INTO {_THERE} (workspace_id, signal_id, recorded_at)"
            f" SELECT workspace_id, id, recorded_at FROM {_HERE} WHERE judged_at IS NULL",
            f"{_EVERYBODY}; UPDATE {_HERE} SET judged_at = recorded_at WHERE NOT EXISTS (SELECT FROM {_THERE}"
            f" WHERE {_THERE}.workspace_id = {_HERE}.workspace_id AND {_THERE}.signal_id = {_HERE}.id)",
        ),
        migrations.RemoveIndex(model_name="signal", name="signal_unjudged"),
        migrations.RemoveField(model_name="signal", name="judged_at"),
    ]
