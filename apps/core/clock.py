"""What time it is for everybody: the database's. A worker's own clock may be off, and then it would judge alone."""

from datetime import datetime

from django.db import connection


def shared_now() -> datetime:
    """The database's time, aware. One small query; the time goes on within a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    moment: datetime = now
    return moment
