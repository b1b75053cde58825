"""Which queue each of Celery's tasks stands in, so that slow work never stands in front of live conversions.

A worker that is told nothing serves them all, in turn. More machines: workers of one queue each
(`tools/launcher/processes.py`). A task whose name is unknown here, one of a newer release perhaps, goes to `DEFAULT`.
"""

DEFAULT = "celery"  # short and regular: what the scheduler rings every few seconds
JUDGE = "judge"
SEND = "send"
SLOW = "slow"  # may wait: simulations, replays, backfills, and looking after what changes by the day
ALL = (DEFAULT, JUDGE, SEND, SLOW)

QUEUE_OF = {
    "pipeline.sweep": DEFAULT,
    "pipeline.judge": JUDGE,
    "pipeline.leads": JUDGE,
    "pipeline.send": SEND,
    "pipeline.confirm": SEND,
    "pipeline.simulate": SLOW,
    "pipeline.resend": SLOW,
    "pipeline.expire_simulations": SLOW,
    "pipeline.warn_connections": SLOW,
    "pipeline.check_accounts": SLOW,
    "pipeline.watch_versions": SLOW,
    "pipeline.tend_tables": SLOW,
    "pipeline.forget_old": SLOW,
    "operating.watch": DEFAULT,
    "operating.hooks": SLOW,
    "operating.quiet": SLOW,
}
