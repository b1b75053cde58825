"""All settings, from the environment (.env.example names each). Nothing else in the project reads os.environ."""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from kombu import Queue

from convsync import environment as env
from convsync import queues

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = env.flag("CONVSYNC_TESTING")
DEBUG = env.flag("CONVSYNC_DEBUG")
SECRET_KEY = env.secret("CONVSYNC_SECRET_KEY", at_least=50)
VAULT_KEYS = env.sealing_keys("CONVSYNC_VAULT_KEYS")
BASE_URL = env.text("CONVSYNC_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.listing("CONVSYNC_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
# The stand-ins for the outside systems. Unset in production: connections of kind `sandbox` then refuse to send.
SANDBOX_URL = env.text("CONVSYNC_SANDBOX_URL", "").rstrip("/")
# The operator's registrations at the networks, as (id, secret). Without one, people paste tokens there.
NETWORK_APPS = {
    "facebook": (env.text("CONVSYNC_FACEBOOK_APP_ID", ""), env.text("CONVSYNC_FACEBOOK_APP_SECRET", "")),
    "google": (env.text("CONVSYNC_GOOGLE_CLIENT_ID", ""), env.text("CONVSYNC_GOOGLE_CLIENT_SECRET", "")),
    "linkedin": (env.text("CONVSYNC_LINKEDIN_CLIENT_ID", ""), env.text("CONVSYNC_LINKEDIN_CLIENT_SECRET", "")),
}
# What a collector of metrics shows at /metrics. Unset: there is no such address.
METRICS_TOKEN = env.text("CONVSYNC_METRICS_TOKEN", "")
# Kept apart from DEBUG: the embedded demo shows its sign-in on the sign-in page.
EMBEDDED = env.flag("CONVSYNC_EMBEDDED")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "django_htmx",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "apps.core",
    "apps.audit",
    "apps.workspaces",
    "apps.connections",
    "apps.records",
    "apps.tracking",
    "apps.ads",
    "apps.signals",
    "apps.conversions",
    "apps.deliveries",
    "apps.pipeline",
    "apps.privacy",
    "apps.operating",
    "apps.api",
    "apps.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.web.middleware.MemberMiddleware",
]

ROOT_URLCONF = "convsync.urls"
WSGI_APPLICATION = "convsync.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "apps.web.context.shell",
            ],
        },
    },
]

DATABASES = {
    "default": {
        **env.postgres("DATABASE_URL"),
        "CONN_MAX_AGE": 0 if TESTING else 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,  # so that a transaction pooler may stand in between
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env.redis_url("REDIS_URL")}}

AUTH_USER_MODEL = "workspaces.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# Argon2id; the tests make hundreds of users and need no protection against guessing.
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{'MD5' if TESTING else 'Argon2'}PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "apps.web.account.InvitedOnly"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # members are invited by address; there is no open sign-up
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
EMAIL_BACKEND = (
    "django.core.mail.backends." + ("smtp" if env.text("CONVSYNC_SMTP_HOST", "") else "console") + (".EmailBackend")
)
EMAIL_HOST = env.text("CONVSYNC_SMTP_HOST", "")
EMAIL_PORT = int(env.text("CONVSYNC_SMTP_PORT", "587"))
EMAIL_HOST_USER = env.text("CONVSYNC_SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.text("CONVSYNC_SMTP_PASSWORD", "")
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.text("CONVSYNC_MAIL_FROM", "convsync <noreply@localhost>")

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-convsync" if HTTPS else "convsync"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("CONVSYNC_BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1200

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("nl", "Nederlands")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "apps" / "web" / "assets"]
WHITENOISE_USE_FINDERS = EMBEDDED or DEBUG or TESTING
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.api.auth.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.api.auth.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.api.parsing.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.api.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "convsync",
    "DESCRIPTION": "What happens in your CRM, as server-side conversions at Facebook, Google Ads and LinkedIn.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

CELERY_BROKER_URL = env.redis_url("REDIS_URL", scheme_for_celery=True)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = queues.DEFAULT
CELERY_TASK_QUEUES = [Queue(name, routing_key=name) for name in queues.ALL]
CELERY_TASK_ROUTES = {task: {"queue": queue} for task, queue in queues.QUEUE_OF.items()}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT = None
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "pipeline.sweep", "schedule": timedelta(seconds=5), "options": {"expires": 5}},
    "warn of connections": {"task": "pipeline.warn_connections", "schedule": timedelta(minutes=5)},
    "check accounts": {"task": "pipeline.check_accounts", "schedule": timedelta(minutes=30)},
    "expire simulations": {"task": "pipeline.expire_simulations", "schedule": timedelta(hours=1)},
    "tend tables": {"task": "pipeline.tend_tables", "schedule": timedelta(hours=6)},
    "forget what is old": {"task": "pipeline.forget_old", "schedule": timedelta(hours=1)},
    "watch versions": {"task": "pipeline.watch_versions", "schedule": timedelta(days=1)},
    "watch": {"task": "operating.watch", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    "quiet": {"task": "operating.quiet", "schedule": timedelta(hours=1), "options": {"expires": 3600}},
    "hooks": {"task": "operating.hooks", "schedule": timedelta(seconds=20), "options": {"expires": 20}},
}

LOGGING_CONFIG = None
