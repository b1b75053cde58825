"""The migration that adds an index to a table that is cut by time: built part by part, while everybody writes."""

from django.contrib.postgres.operations import NotInTransactionMixin
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddIndex
from django.db.migrations.state import ProjectState

from apps.core.locks import LOCK_TIMEOUT, patiently

_LEAVES = """
    SELECT relid::regclass::text FROM pg_partition_tree(to_regclass(%s)) WHERE isleaf
       AND NOT EXISTS (SELECT FROM pg_inherits JOIN pg_index ON indexrelid = inhrelid
                        WHERE inhparent = to_regclass(%s) AND indrelid = relid)
"""
_HALF_BUILT = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid AND indrelid = to_regclass(%s)"


class AddIndexInParts(NotInTransactionMixin, AddIndex):
    """AddIndex for a partitioned table, in a migration with `atomic = False`.

    PostgreSQL builds no index on such a table concurrently. So the table's own is made without its parts, each part's
    is built concurrently and then made a part of it. What an interrupted run left half built is built anew.
    """

    atomic = False

    def describe(self) -> str:
        """What `migrate --plan` says."""
        return f"{super().describe()} (part by part)"

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Build what is not built yet."""
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        table, name = model._meta.db_table, self.index.name
        whole = str(self.index.create_sql(model, schema_editor))
        with schema_editor.connection.cursor() as cursor:

            def briefly(statement: str) -> None:
                cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
                patiently(lambda: cursor.execute(statement))
                cursor.execute("SET lock_timeout = 0")

            alone = whole.replace(f'ON "{table}"', f'ON ONLY "{table}"', 1)
            briefly(alone.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS", 1))
            cursor.execute(_LEAVES, [table, name])
            for (part,) in cursor.fetchall():
                own = f"{part.removeprefix(table)[1:]}_{name}"[:63]
                cursor.execute(_HALF_BUILT, [part])
                for (broken,) in cursor.fetchall():
                    cursor.execute(f"DROP INDEX CONCURRENTLY {broken}")
                build = whole.replace(f'"{name}"', f'"{own}"', 1).replace(f'ON "{table}"', f'ON "{part}"', 1)
                cursor.execute(build.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY IF NOT EXISTS", 1))
                briefly(f'ALTER INDEX "{name}" ATTACH PARTITION "{own}"')

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop it with its parts: a moment's work, for which a lock is waited briefly."""
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            patiently(lambda: cursor.execute(f'DROP INDEX IF EXISTS "{self.index.name}"'))
            cursor.execute("SET lock_timeout = 0")
