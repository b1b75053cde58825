"""Two more ends of a conversion. The check is made without looking at what is there: the old states are all among them."""

from django.db import migrations, models

_STATES = ("blocked", "cancelled", "waiting", "sending", "sent", "confirmed", "failed", "expired", "unknown", "poisoned")
_TABLE = "conversions_conversion"


def _check(states: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{state}'" for state in states)
    return (
        f"ALTER TABLE {_TABLE} DROP CONSTRAINT conversion_state,"
        f" ADD CONSTRAINT conversion_state CHECK (state IN ({listed})) NOT VALID"
    )


class Migration(migrations.Migration):
    dependencies = [("conversions", "0009_two_keys_fewer")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_check(_STATES), _check(_STATES[:-2]))],
            state_operations=[
                migrations.RemoveConstraint("conversion", "conversion_state"),
                migrations.AddConstraint(
                    "conversion",
                    models.CheckConstraint(condition=models.Q(state__in=list(_STATES)), name="conversion_state"),
                ),
                migrations.AlterField(
                    "conversion",
                    "state",
                    models.CharField(max_length=10, choices=[(state, state) for state in _STATES]),
                ),
            ],
        )
    ]
