"""The sandbox's own settings: its own database, its own port, no sessions, no users, loopback only."""

from pathlib import Path

from apps.sandbox import environment

BASE_DIR = Path(__file__).resolve().parent
# It signs the codes of Facebook's sign-in, which open nothing outside the sandbox.
SECRET_KEY = "only-the-sandbox-signs-with-this"  # noqa: S105
DEBUG = False
ALLOWED_HOSTS = environment.loopback_hosts("SANDBOX_HOSTS", "127.0.0.1,localhost,[::1]")

INSTALLED_APPS = ["apps.sandbox"]
MIDDLEWARE = [
    "apps.sandbox.guard.LoopbackOnly",
    "apps.sandbox.faults.FaultMiddleware",
]
ROOT_URLCONF = "apps.sandbox.urls"
WSGI_APPLICATION = "apps.sandbox.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
    },
]

DATABASES = {
    "default": {
        **environment.database("SANDBOX_DATABASE_URL"),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
}

# The largest documented call is 5,000 LinkedIn elements; far more than that is a mistake worth a clear refusal.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
