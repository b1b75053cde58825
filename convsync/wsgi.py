"""The web process: `gunicorn convsync.wsgi:application`."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from convsync.environment import BadEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convsync.settings")
NEVER_BOOTS = 3  # gunicorn begins a worker anew for ever unless it ended with this

try:
    application = get_wsgi_application()
    from apps.core.garbage import collect_rarely

    collect_rarely()
except BadEnvironment as wrong:
    sys.stderr.write(f"{wrong}\n")
    sys.exit(NEVER_BOOTS)
