"""Claiming takes what fits into one request, whatever PostgreSQL makes of the statement."""

import pytest
from django.db import connection
from django.utils import timezone

from apps.conversions import claiming
from apps.conversions.queues import next_turn
from apps.core.ids import new_id
from apps.pipeline import flow
from tests.support import factories
from tests.support.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "refused", [(), ("hashjoin", "mergejoin"), ("nestloop", "mergejoin"), ("nestloop", "hashjoin")]
)
def test_it_takes_no_more_than_the_limit_however_the_rows_are_joined(refused: tuple[str, ...]) -> None:
    world = make_world()
    world.make_event("facebook")
    for _ in range(12):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    now = timezone.now()
    with world.scope():
        for way in refused:
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL enable_{way} = off")
        turn = next_turn(account_id=world.facebook.id, now=now)
        assert turn is not None
        claimed = [
            claiming.claim(
                workspace_id=world.workspace.id,
                account_id=world.facebook.id,
                turn=turn,
                request_id=new_id(),
                limit=5,
                terms_accepted=True,
                now=now,
            )
            for _ in range(4)
        ]
    assert [len(each) for each in claimed] == [5, 5, 2, 0]
