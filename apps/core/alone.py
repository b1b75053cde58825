"""One at a time: what must not be done twice at once, by whichever process, takes an advisory lock of the database."""

from django.db import connection


def alone(name: str) -> bool:
    """Be the one who does this until the transaction ends; False when another is. It survives transaction pooling."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])
