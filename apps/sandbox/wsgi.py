"""The sandbox behind a WSGI server: `gunicorn apps.sandbox.wsgi --bind 127.0.0.1:PORT --threads 8`."""

import os

from django.core.wsgi import get_wsgi_application

# Set, not defaulted: the shell that starts the sandbox often carries the product's settings.
os.environ["DJANGO_SETTINGS_MODULE"] = "apps.sandbox.settings"
application = get_wsgi_application()
