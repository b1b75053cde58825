"""For gunicorn."""

from django.core.wsgi import get_wsgi_application

from tools.bench.naive.application import app

celery = app  # tasks are sent by the application that was made last: this one
application = get_wsgi_application()
