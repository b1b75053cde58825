"""The product's processes: one table for the supervisor here and for docker-compose.yml (a test compares them)."""

import signal
from dataclasses import dataclass, replace

SERVE = "gunicorn {application} --bind {host}:{port} --workers 1 --threads 8 --no-control-socket"


@dataclass(frozen=True)
class Process:
    """One long-running process. Blanks in `command` ({host}, {port}, {state}) depend on where it runs."""

    name: str
    command: str
    settings: str = "convsync.settings"
    health: str | None = None
    # What it gets when the launcher itself is killed and can no longer wait for it.
    last_signal: signal.Signals = signal.SIGTERM

    def words(self, **blanks: object) -> list[str]:
        """Return the command with its blanks filled, word by word."""
        return [word.format(**blanks) for word in self.command.split()]


WEB = Process(
    "web",
    SERVE.replace("{application}", "convsync.wsgi:application") + " --worker-class convsync.serving.PatientWorker",
    health="/health/ready",
)
WORKER = Process(
    "worker",
    "celery -A convsync worker --pool threads --concurrency 4 --without-gossip --without-mingle",
    # It would finish its tasks first, on servers that are going away; its leases run out and others resume.
    last_signal=signal.SIGKILL,
)
# Past one machine: the same worker for one kind of work, so that each kind has as many as it needs.
JUDGE = replace(WORKER, name="judge", command=f"{WORKER.command} --queues celery,judge")
SEND = replace(WORKER, name="send", command=f"{WORKER.command} --queues send")
SLOW = replace(WORKER, name="slow", command=f"{WORKER.command} --queues slow")
BEAT = Process("beat", "celery -A convsync beat --schedule {state}/beat")
SANDBOX = Process(
    "sandbox",
    SERVE.replace("{application}", "apps.sandbox.wsgi:application"),
    settings="apps.sandbox.settings",
    health="/_sandbox/health",
)

# In the order in which they stop: nothing new is begun, what is begun is finished, then the doors close.
STOPPING_ORDER = (BEAT, WORKER, WEB, SANDBOX)

MIGRATE = "python manage.py migrate --noinput"
