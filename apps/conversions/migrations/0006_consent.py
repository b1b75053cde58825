from django.db import migrations, models

# Installations that have events already: what those ask for are consent properties, and what contacts hold is found.
_WATCH = """
    SELECT set_config('convsync.workspace', 'every', true);
    UPDATE records_propertydefinition AS known SET is_consent = true
      FROM conversions_event AS event
      JOIN conversions_eventversion AS version
        ON version.workspace_id = event.workspace_id AND version.id = event.version_id
     WHERE event.deleted_at IS NULL AND known.workspace_id = event.workspace_id AND known.object_type = 'contacts'
       AND known.name = version.settings ->> 'consent_property';
    INSERT INTO records_consentfact (workspace_id, contact_id, property, value, held_from, recorded_at, source)
    SELECT known.workspace_id, contact.id, known.name, contact.properties ->> known.name, now(), now(), 'as_found'
      FROM records_propertydefinition AS known
      JOIN records_contact AS contact ON contact.workspace_id = known.workspace_id
     WHERE known.is_consent AND known.object_type = 'contacts' AND contact.archived_at IS NULL
       AND contact.properties ->> known.name <> '';
    SELECT set_config('convsync.workspace', '', true);
"""


class Migration(migrations.Migration):

    dependencies = [
        ("conversions", "0005_priority_contract"),
        ("records", "0002_consent"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="conversion",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["workspace_id", "contact_id"],
                name="conversion_waiting_for",
            ),
        ),
        migrations.RunSQL(_WATCH, migrations.RunSQL.noop),
    ]
