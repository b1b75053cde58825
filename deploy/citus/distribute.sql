-- Spreads convsync's tables over the workers of a Citus cluster, by workspace. Run once, by the owner of the tables, after
-- `manage.py migrate` and before the first workspace is made or with everything stopped:
--   psql "$DATABASE_URL" --single-transaction --set ON_ERROR_STOP=1 --file deploy/citus/distribute.sql
-- docs/operating.md ("Past one PostgreSQL") says why so, and what to know before.

-- 1. A unique key of a distributed table holds the column that it is distributed by. Ids are unique by themselves; each
--    table has a second key on (workspace_id, id), which is what foreign keys name and queries use.
DO $$
DECLARE
    key record;
BEGIN
    FOR key IN
        SELECT c.conname AS name, c.conrelid::regclass AS of_table
          FROM pg_constraint c
          JOIN pg_class t ON t.oid = c.conrelid
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
         WHERE c.contype = 'p' AND NOT t.relispartition AND t.relnamespace = 'public'::regnamespace
           AND NOT a.attnum = ANY (c.conkey)
           AND t.relname NOT IN ('workspaces_member', 'workspaces_apikey')
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', key.of_table, key.name);
        EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (workspace_id, id)', key.of_table);
    END LOOP;
END $$;

-- 2. Small, and read for every workspace at once when somebody signs in: the same on each worker.
SELECT create_reference_table('workspaces_user');
SELECT create_reference_table('workspaces_workspace');
SELECT create_reference_table('workspaces_member');
SELECT create_reference_table('workspaces_apikey');

-- 3. Everything else that belongs to a workspace, those that others refer to first. All of a workspace's rows lie together,
--    so that its transactions, its joins and its foreign keys stay on one machine.
DO $$
DECLARE
    remaining text[] := ARRAY(
        SELECT t.relname::text
          FROM pg_class t
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
         WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition AND t.relnamespace = 'public'::regnamespace
           AND t.relname NOT IN ('workspaces_member', 'workspaces_apikey')
         ORDER BY 1);
    ready text[];
    name text;
BEGIN
    WHILE cardinality(remaining) > 0 LOOP
        ready := ARRAY(
            SELECT t FROM unnest(remaining) t
             WHERE NOT EXISTS (
                SELECT FROM pg_constraint f
                 WHERE f.contype = 'f' AND f.conrelid = t::regclass AND f.confrelid <> f.conrelid
                   AND f.confrelid = ANY (remaining::regclass[])));
        IF cardinality(ready) = 0 THEN
            RAISE EXCEPTION 'Tables that refer to each other in a circle: %', remaining;
        END IF;
        FOREACH name IN ARRAY ready LOOP
            PERFORM create_distributed_table(name, 'workspace_id');
        END LOOP;
        remaining := ARRAY(SELECT t FROM unnest(remaining) t WHERE NOT t = ANY (ready));
    END LOOP;
END $$;
