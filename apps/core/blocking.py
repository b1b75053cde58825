"""What a migration must not do to a table with millions of rows, because it holds everybody up, and what to do instead.

Old and new code run side by side while a release is rolled out (expand, then contract), and a migration that waits for
a lock, or holds one while it reads a table, stops all who come after it (ADR 21).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.apps import apps
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Field

from apps.core.indexing import AddIndexInParts

# Tables that grow with what happens, not with what somebody sets up.
BIG: Mapping[str, frozenset[str]] = {
    "audit": frozenset({"entry"}),
    "conversions": frozenset({"conversion"}),
    "deliveries": frozenset({"attempt", "request"}),
    "records": frozenset({"association", "consentfact", "contact", "deal"}),
    "signals": frozenset({"signal"}),
    "tracking": frozenset({"adclick", "completion", "submission"}),
}
# Released before there was a rule. Nothing is added here.
BEFORE_THE_RULE = frozenset(
    {
        "conversions.0001_initial",
        "conversions.0003_asked",
        "conversions.0006_consent",
        "deliveries.0002_confirming",
        "records.0004_erased",
        "signals.0003_of_trigger",
        "signals.0004_unjudged",
        "tracking.0002_click_by_value",
    }
)
SQL_REFUSED = {
    r"\bALTER COLUMN \S+ (SET DATA )?TYPE\b": "add a second column, fill it, read it, drop the first",
    r"\bSET NOT NULL\b": "add a CHECK (... IS NOT NULL) NOT VALID and validate it in the next migration",
    r"\bADD CONSTRAINT (?![^;]*\b(NOT VALID|USING INDEX)\b)": "add it NOT VALID and validate it in the next migration",
    r"\bCREATE (UNIQUE )?INDEX (?!CONCURRENTLY)": "use AddIndexInParts, or AddIndexConcurrently where nothing is cut",
    r"(^|;)\s*(UPDATE|DELETE)\b": "change rows by a task, in chunks, between expanding and contracting",
    r"\b(VACUUM FULL|CLUSTER|LOCK TABLE)\b": "it locks the table for as long as it takes",
}
_ANYWHERE = "old code still uses the old name: add the new one, write both, read the new one, contract"


def blocking(loader: MigrationLoader) -> Iterator[str]:
    """A sentence for each operation of our own migrations that blocks a big table: which, and what to do instead."""
    state = ProjectState()
    leaves = loader.graph.leaf_nodes()
    for key in dict.fromkeys(node for leaf in leaves for node in loader.graph.forwards_plan(leaf)):
        migration, name = loader.graph.nodes[key], ".".join(key)
        ours = apps.get_app_config(key[0]).name.startswith("apps.") and name not in BEFORE_THE_RULE
        made: set[str] = set()
        for operation in migration.operations:
            for each in _flat([operation]) if ours else ():
                made |= {each.name_lower} if isinstance(each, operations.CreateModel) else set()
                if why := _why(each, key, made, state):
                    yield f"{name}: {each.describe()}: {why}."
            operation.state_forwards(key[0], state)


def _flat(those: Iterable[Operation]) -> Iterator[Operation]:
    """What reaches the database."""
    for each in those:
        if isinstance(each, operations.SeparateDatabaseAndState):
            yield from _flat(each.database_operations)
        else:
            yield each


def _why(operation: Operation, key: tuple[str, str], made: set[str], state: ProjectState) -> str:
    if isinstance(operation, operations.RenameField | operations.RenameModel):
        return _ANYWHERE
    if isinstance(operation, operations.RemoveField | operations.DeleteModel) and "contract" not in key[1]:
        return "old code still reads it: leave it to a migration of the next release, named …_contract"
    if isinstance(operation, operations.RunSQL):
        return _of_sql(operation, key[0])
    model = getattr(operation, "model_name_lower", "")
    if model in made or model not in BIG.get(key[0], ()):
        return ""
    rules = (rule(operation, state, (key[0], model)) for kind, rule in _RULES.items() if isinstance(operation, kind))
    return next(filter(None, rules), "")


def _of_sql(operation: operations.RunSQL, label: str) -> str:
    text = operation.sql if isinstance(operation.sql, str) else ";".join(map(str, operation.sql))
    if type(operation) is not operations.RunSQL or not any(f"{label}_{name}" in text for name in BIG.get(label, ())):
        return ""
    return next((why for shape, why in SQL_REFUSED.items() if re.search(shape, text, re.IGNORECASE)), "")


def _added(operation: Any, _state: ProjectState, _model: tuple[str, str]) -> str:
    field: Field[Any, Any] = operation.field
    if not field.null and field.db_default is NOT_PROVIDED:
        return "old code writes rows without it: give it null=True or a db_default"
    return _indexed(field)


def _indexed(field: "Field[Any, Any]") -> str:
    refers = field.is_relation and getattr(field, "db_constraint", False)
    if field.unique or getattr(field, "db_index", False) or refers:
        return "its index or reference is built under a lock: add the column plainly, the rest in the next migration"
    return ""


def _altered(operation: Any, state: ProjectState, model: tuple[str, str]) -> str:
    before, after = state.models[model].fields[operation.name], operation.field
    if _shape(before) != _shape(after):
        return SQL_REFUSED[r"\bALTER COLUMN \S+ (SET DATA )?TYPE\b"]
    if before.null and not after.null:
        return SQL_REFUSED[r"\bSET NOT NULL\b"]
    return _indexed(after) if not _indexed(before) else ""


def _shape(field: "Field[Any, Any]") -> tuple[str, object, object]:
    """What of a field decides the column's type; a text's length grows without rewriting a row, and so is left out."""
    return field.get_internal_type(), getattr(field, "max_digits", None), getattr(field, "decimal_places", None)


def _index(operation: Any, _state: ProjectState, _model: tuple[str, str]) -> str:
    well = isinstance(operation, AddIndexConcurrently | AddIndexInParts)
    return "" if well else SQL_REFUSED[r"\bCREATE (UNIQUE )?INDEX (?!CONCURRENTLY)"]


def _constraint(operation: Any, _state: ProjectState, _model: tuple[str, str]) -> str:
    well = isinstance(operation, AddConstraintNotValid)
    return "" if well else "use AddConstraintNotValid, and ValidateConstraint in the next migration"


_RULES: Mapping[type[Operation], Callable[[Any, ProjectState, tuple[str, str]], str]] = {
    operations.AddField: _added,
    operations.AlterField: _altered,
    operations.AddIndex: _index,
    operations.AddConstraint: _constraint,
}
