"""An erased person's name goes from the audit log; nothing else of an entry ever changes."""

from django.db import migrations

BLANKING = """
CREATE OR REPLACE FUNCTION audit_entry_is_final() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('convsync.erasing', true) = 'on'
       AND NEW.subject = '' AND NEW.detail = '{}'::jsonb
       AND (NEW.id, NEW.workspace_id, NEW.at, NEW.actor_kind, NEW.actor_id, NEW.actor_label, NEW.action)
         = (OLD.id, OLD.workspace_id, OLD.at, OLD.actor_kind, OLD.actor_id, OLD.actor_label, OLD.action)
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'audit entries are never changed or deleted';
END $$
"""
FINAL = """
CREATE OR REPLACE FUNCTION audit_entry_is_final() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'audit entries are never changed or deleted'; END $$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(BLANKING, FINAL)]
