"""Work of different kinds stands in queues of its own."""

import pytest
from kombu import Queue

from apps.pipeline import tasks
from convsync import queues
from convsync.celery import app
from tools.launcher.processes import JUDGE, SEND, SLOW, WORKER

WORKSPACE, OTHER = "018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000002"


def ours() -> set[str]:
    app.loader.import_default_modules()
    """The product's tasks; other tests load the benchmark's, which are nobody's to serve."""
    return {name for name, task in app.tasks.items() if task.__module__.startswith("apps.")}


def test_it_names_a_queue_for_each_task():
    assert ours() == set(queues.QUEUE_OF), "Say in convsync/queues.py in which queue the task stands."


def test_it_rings_the_scheduler_s_tasks_into_those_queues():
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled <= set(queues.QUEUE_OF)


@pytest.mark.parametrize(("task", "queue"), queues.QUEUE_OF.items())
def test_it_routes_each_task_by_name_and_by_function(task: str, queue: str):
    route = app.amqp.router.route({}, task)
    assert isinstance(route["queue"], Queue)
    assert route["queue"].name == queue


def test_it_serves_every_queue_with_the_worker_that_is_told_nothing():
    assert set(app.amqp.queues.consume_from) == set(queues.ALL)
    assert "--queues" not in WORKER.command


def test_it_serves_every_queue_once_with_the_workers_of_one_kind():
    served = [name for process in (JUDGE, SEND, SLOW) for name in process.command.rsplit(" ", 1)[1].split(",")]
    assert sorted(served) == sorted(queues.ALL)


def test_it_leaves_live_work_alone_when_slow_work_waits():
    app.control.purge()
    for number in range(50):
        tasks.simulate.apply_async(args=[WORKSPACE, OTHER, number])
    tasks.send.apply_async(args=[WORKSPACE, OTHER])
    with app.connection_for_read() as connection:
        waiting = {name: connection.default_channel._size(name) for name in queues.ALL}
    app.control.purge()
    assert waiting == {queues.DEFAULT: 0, queues.JUDGE: 0, queues.SEND: 1, queues.SLOW: 50}
