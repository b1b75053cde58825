"""What makes and drops the partitions of a table, as functions of the role that owns the tables (ADR 21).

They run with the owner's rights, so that the role of web and workers needs none; each does one fixed thing to a table
that is cut by time already, and a partition gets its row-level security before its first row.
"""

from django.db import migrations

_CUT_BY = """
CREATE FUNCTION convsync_cut_by(parent text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT part.attname::text FROM pg_partitioned_table AS cut
      JOIN pg_attribute AS part ON part.attrelid = cut.partrelid AND part.attnum = cut.partattrs[0]
     WHERE cut.partrelid = to_regclass(parent)
$$;
"""

_GUARD = """
CREATE FUNCTION convsync_partition_guard(parent text, part text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    rule record;
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', part);
    FOR rule IN SELECT polname, pg_get_expr(polqual, polrelid) AS seen, pg_get_expr(polwithcheck, polrelid) AS written
                  FROM pg_policy WHERE polrelid = to_regclass(parent) LOOP
        EXECUTE format('CREATE POLICY %I ON %I USING (%s) WITH CHECK (%s)', rule.polname, part, rule.seen, rule.written);
    END LOOP;
END $$;
"""

_MAKE = """
CREATE FUNCTION convsync_partition_make(parent text, part text, low uuid, high uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '700ms' AS $$
DECLARE
    cut_by text := convsync_cut_by(parent);
    strays text := parent || '_default';
    columns text;
    scope text := current_setting('convsync.workspace', true);
    moved bigint;
BEGIN
    IF cut_by IS NULL OR part !~ ('^' || parent || '_[0-9]{6}$') THEN
        RAISE EXCEPTION 'not a partition of a table that is cut by time: %', part;
    END IF;
    IF to_regclass(part) IS NOT NULL THEN
        RETURN 0;
    END IF;
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
      FROM pg_attribute WHERE attrelid = to_regclass(parent) AND attnum > 0 AND NOT attisdropped;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
    PERFORM convsync_partition_guard(parent, part);
    PERFORM set_config('convsync.workspace', 'every', true);
    EXECUTE format('WITH moved AS (DELETE FROM %I WHERE %I >= $1 AND %I < $2 RETURNING %s)
                    INSERT INTO %I (%s) SELECT %s FROM moved', strays, cut_by, cut_by, columns, part, columns, columns)
      USING low, high;
    GET DIAGNOSTICS moved = ROW_COUNT;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, low, high);
    PERFORM set_config('convsync.workspace', coalesce(scope, ''), true);
    RETURN moved;
END $$;
"""

_UPPER = """
CREATE FUNCTION convsync_partition_end(part text) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT substring(pg_get_expr(relpartbound, oid) FROM 'TO \\(''([0-9a-f-]+)''\\)')::uuid
      FROM pg_class WHERE oid = to_regclass(part) AND relispartition
$$;
"""

_DETACH = """
CREATE FUNCTION convsync_partition_detach(parent text, part text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '700ms' AS $$
DECLARE
    last_id uuid := convsync_partition_end(part);
BEGIN
    IF part !~ ('^' || parent || '_[0-9]{6}$') OR last_id IS NULL THEN
        RAISE EXCEPTION 'not a partition of %: %', parent, part;
    END IF;
    IF to_timestamp(('x' || left(replace(last_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
       > now() - interval '30 days' THEN
        RAISE EXCEPTION 'rows of the last 30 days are never dropped: %', part;
    END IF;
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, part);
END $$;
"""

_DROP = """
CREATE FUNCTION convsync_partition_drop(parent text, part text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '700ms' AS $$
BEGIN
    IF convsync_cut_by(parent) IS NULL OR part !~ ('^' || parent || '_[0-9]{6}$')
       OR (SELECT relispartition FROM pg_class WHERE oid = to_regclass(part)) THEN
        RAISE EXCEPTION 'not a detached partition of %: %', parent, part;
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %I', part);
END $$;
"""

_OF_THE_OWNER = "convsync_partition_make(text, text, uuid, uuid)", *(
    f"convsync_partition_{verb}(text, text)" for verb in ("detach", "drop")
)
_ALL = (*_OF_THE_OWNER, "convsync_partition_guard(text, text)", "convsync_partition_end(text)", "convsync_cut_by(text)")


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.RunSQL(_CUT_BY + _GUARD + _MAKE + _UPPER + _DETACH + _DROP, "".join(f"DROP FUNCTION {each};" for each in _ALL)),
        migrations.RunSQL(
            "".join(f"REVOKE ALL ON FUNCTION {each} FROM PUBLIC;" for each in _OF_THE_OWNER), migrations.RunSQL.noop
        ),
    ]
