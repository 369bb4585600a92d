"""Every setting of Retie, from one environment schema.

Values come from the environment and from ``.env`` beside ``manage.py``; the environment
wins. There is no default secret: ``make install`` writes a fresh one into ``.env``.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

from config import logs

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env(
    SECRET_KEY=(str, ""),
    FIELD_KEYS=(list, []),
    DEBUG=(bool, False),
    ALLOWED_HOSTS=(list, []),
    CSRF_TRUSTED_ORIGINS=(list, []),
    HTTPS=(bool, False),
    VAR_DIR=(str, str(BASE_DIR / "var")),
    DATABASE_URL=(str, ""),
    DATABASE_POOL=(bool, False),
    TEST_DATABASE_NAME=(str, ""),
    DATABASE_STATEMENT_TIMEOUT_MS=(int, 120_000),
    BROKER_URL=(str, ""),
    ALLOW_LOOPBACK_PROVIDERS=(bool, False),
    CLEVER_PAGE_SIZE=(int, 1_000),
    CONSTANT_CONTACT_PER_SECOND=(float, 4.0),
    CONSTANT_CONTACT_PER_DAY=(int, 10_000),
    LEASE_SECONDS=(int, 180),
    SLICE_SECONDS=(int, 60),
    UPLOAD_LIMIT_BYTES=(int, 4 * 1024**3),
    SECOND_LOOK_SAMPLE_PERCENT=(int, 3),
    SECOND_LOOK_DAYS=(int, 3),
    PROXY_COUNT=(int, 0),
    LOG_LEVEL=(str, "INFO"),
    LOG_FORMAT=(str, "json"),
)
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG")
SECRET_KEY = env.str("SECRET_KEY")
FIELD_KEYS: list[str] = env.list("FIELD_KEYS")
if not SECRET_KEY or not FIELD_KEYS:
    raise ImproperlyConfigured(
        "SECRET_KEY and FIELD_KEYS are not set. Run `make install` to write fresh ones"
        " into .env, or set them in the environment."
    )
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS")
if not DEBUG and "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS may not be '*' while DEBUG is off.")

VAR_DIR = Path(env.str("VAR_DIR"))
UPLOAD_DIR = VAR_DIR / "uploads"
QUEUE_DIR = VAR_DIR / "queue"

# --- What is installed -------------------------------------------------------

INSTALLED_APPS = [
    "contacts",
    "audits",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_structlog",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "config.middleware.PrivateResponses",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.page",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

# --- Database ----------------------------------------------------------------

# WAL and IMMEDIATE: with Django's default DEFERRED, two writers that read before they
# write fail at once with "database is locked", whatever the time-out says.
SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA temp_store=MEMORY;"
        "PRAGMA mmap_size=134217728;PRAGMA journal_size_limit=67108864;"
        "PRAGMA cache_size=-20000;"
    ),
}


def database(url: str) -> dict[str, Any]:
    """Give Django's settings for one database URL, with the options it needs."""
    config: dict[str, Any] = environ.Env.db_url_config(url)
    if "sqlite" in config["ENGINE"]:
        config["OPTIONS"] = SQLITE_OPTIONS
        return config
    config["OPTIONS"] = {
        "connect_timeout": 5,
        "application_name": "retie",
        "options": (
            f"-c statement_timeout={env.int('DATABASE_STATEMENT_TIMEOUT_MS')}"
            # Compiling a statement takes seconds; ours are cut to run for less.
            " -c jit=off"
            " -c lock_timeout=20000 -c idle_in_transaction_session_timeout=120000"
        ),
        **config.get("OPTIONS", {}),
    }
    if env.bool("DATABASE_POOL"):
        config["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 9, "timeout": 5}
    else:
        config |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    return config


DATABASE_URL = env.str("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'retie.sqlite3'}"
DATABASES = {"default": database(DATABASE_URL)}
if test_name := env.str("TEST_DATABASE_NAME"):
    DATABASES["default"]["TEST"] = {"NAME": test_name}
CACHES = {
    "default": {
        # Shared by all processes, because log-in limits are counted in it.
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
    }
}

# --- Celery: the row is the job, the message only a hint ---------------------

BROKER_URL = env.str("BROKER_URL") or "filesystem://localhost"
_FILE_QUEUE = {
    "data_folder_in": str(QUEUE_DIR / "messages"),
    "data_folder_out": str(QUEUE_DIR / "messages"),
    "processed_folder": str(QUEUE_DIR / "processed"),
    "control_folder": str(QUEUE_DIR / "control"),
    "store_processed": True,
    "polling_interval": 0.2,
}
_REDIS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "health_check_interval": 25,
    "socket_connect_timeout": 1,
    "socket_timeout": 30,
    "socket_keepalive": True,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.5,
}
_SCHEME = urlsplit(BROKER_URL).scheme
# Kombu takes no dotted name of a transport from a URL (kombu issue 2641).
_TRANSPORT = "config.broker:Transport" if _SCHEME == "filesystem" else None
CELERY: dict[str, Any] = {
    "broker_url": BROKER_URL,
    "broker_transport": _TRANSPORT,
    "broker_transport_options": (
        _REDIS
        if _SCHEME.startswith("redis")
        else {}
        if _SCHEME == "amqp"
        else _FILE_QUEUE
    ),
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_ignore_result": True,
    "enable_utc": True,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "task_soft_time_limit": 90,
    "task_time_limit": 120,
    "worker_max_tasks_per_child": 200,
    "worker_max_memory_per_child": 300_000,
    "worker_soft_shutdown_timeout": 20,
    "worker_enable_soft_shutdown_on_idle": True,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_pool_acquire_timeout": 2,
    "worker_hijack_root_logger": False,
    "worker_send_task_events": False,
    "task_publish_retry_policy": {
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.2,
        "interval_max": 0.5,
    },
    "task_default_queue": "main",
    "task_routes": {
        "contacts.tasks.work": {"queue": "main"},
        "contacts.tasks.sweep": {"queue": "main"},
    },
    "task_queues": [Queue("main"), Queue("export")],
    "task_create_missing_queues": False,
    "beat_schedule": {
        "sweep": {
            "task": "contacts.tasks.sweep",
            "schedule": 5.0,
            "options": {"expires": 25, "queue": "main"},
        }
    },
}

# --- The product's own limits ------------------------------------------------

ALLOW_LOOPBACK_PROVIDERS = env.bool("ALLOW_LOOPBACK_PROVIDERS")
CLEVER_PAGE_SIZE = env.int("CLEVER_PAGE_SIZE")
CONSTANT_CONTACT_PER_SECOND: float = env.float("CONSTANT_CONTACT_PER_SECOND")
CONSTANT_CONTACT_PER_DAY = env.int("CONSTANT_CONTACT_PER_DAY")
LEASE_SECONDS = env.int("LEASE_SECONDS")
SLICE_SECONDS = env.int("SLICE_SECONDS")
UPLOAD_LIMIT_BYTES = env.int("UPLOAD_LIMIT_BYTES")
SECOND_LOOK_SAMPLE_PERCENT = env.int("SECOND_LOOK_SAMPLE_PERCENT")
SECOND_LOOK_DAYS = env.int("SECOND_LOOK_DAYS")

# --- People ------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "audits:home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "config.accounts.StaffAccounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("PROXY_COUNT")
USERSESSIONS_TRACK_ACTIVITY = False

# --- What leaves the building over HTTP --------------------------------------

HTTPS = env.bool("HTTPS")
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = True
    if env.int("PROXY_COUNT"):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # data: holds Bootstrap's form control icons
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["contacts.uploads.BoundedUpload"]
FILE_UPLOAD_PERMISSIONS = 0o600

# --- Files, language, time ---------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# --- Logs: one line of JSON an event, redacted -------------------------------

DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
LOGGING_CONFIG = None
logs.configure(level=env.str("LOG_LEVEL"), fmt=env.str("LOG_FORMAT"))
log = structlog.get_logger(__name__)
