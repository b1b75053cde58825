# One image for every role: web (the default), worker, beat and the migrate job. docker-compose.yml names their commands.
FROM python:3.11-slim AS packages
COPY requirements/app.txt /requirements.txt
RUN python -m venv /opt/convsync \
 && /opt/convsync/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r /requirements.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/convsync --create-home convsync
COPY --from=packages /opt/convsync /opt/convsync
WORKDIR /srv/convsync
COPY manage.py ./
COPY convsync convsync
COPY templates templates
COPY locale locale
COPY apps apps
# A worker's heartbeat is a file; in memory it never waits for a disk.
ENV PATH=/opt/convsync/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=convsync.settings \
    GUNICORN_CMD_ARGS="--worker-tmp-dir=/dev/shm"
# Settings want every variable; none of these reaches the image's environment, and nothing is connected to.
RUN CONVSYNC_SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(48))')" \
    CONVSYNC_VAULT_KEYS="$(python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())')" \
    DATABASE_URL=postgresql://unused@unused/unused REDIS_URL=redis://unused \
    python manage.py collectstatic --noinput
USER convsync
EXPOSE 8000
CMD ["gunicorn", "convsync.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "1", "--threads", "8", "--no-control-socket", "--worker-class", "convsync.serving.PatientWorker"]
