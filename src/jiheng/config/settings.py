"""Every setting, read from the environment and checked at start. docs/operations.md has the table."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from jiheng import policy

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE.parent.parent


def env_text(name: str, default: str) -> str:
    return os.environ.get(name) or default


def env_bool(name: str, *, default: bool) -> bool:
    text = os.environ.get(name, "")
    if text == "":
        return default
    if text not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} 应为 0 或 1，现为 {text!r}")
    return text == "1"


def env_whole(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    if text and not text.isdigit():
        raise ImproperlyConfigured(f"{name} 应为非负整数，现为 {text!r}")
    return int(text) if text else default


def env_secret(name: str, keep_in: Path) -> str:
    """From the environment, else made once and kept beside the data, readable by its owner only."""
    if text := os.environ.get(name, ""):
        return text
    if not keep_in.exists():
        keep_in.parent.mkdir(parents=True, exist_ok=True)
        keep_in.touch(mode=0o600)
        keep_in.write_text(secrets.token_urlsafe(50))
    return keep_in.read_text()


def env_database(name: str, sqlite_file: Path) -> dict[str, object]:
    """postgresql://user:password@host:port/name (or ?host=/socket/dir), else the embedded database."""
    url = os.environ.get(name, "")
    if not url:
        sqlite_file.parent.mkdir(parents=True, exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": sqlite_file,
            # to open the file anew for each page, with an empty cache, cost as much as a small page itself
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ImproperlyConfigured(f"{name} 只支持 postgresql://…，现为 {parts.scheme}://…")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.query.removeprefix("host=")) if parts.query else (parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
    }


DATA = Path(env_text("JIHENG_DATA", str(ROOT / "var"))).resolve()
DEBUG = env_bool("JIHENG_DEBUG", default=False)
SECRET_KEY = env_secret("JIHENG_SECRET_KEY", DATA / "secret")
# seals accounts and id numbers on arrival; a new key would make strangers of the same persons
PERSONAL_KEY = env_secret("JIHENG_PERSONAL_KEY", DATA / "personal-key")
ALLOWED_HOSTS = env_text("JIHENG_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in env_text("JIHENG_ORIGINS", "").split(",") if origin]
IS_HTTPS = env_bool("JIHENG_HTTPS", default=False)
WANTS_DEMO = env_bool("JIHENG_DEMO", default=True)
HOST = env_text("JIHENG_HOST", "127.0.0.1")
PORT = env_whole("JIHENG_PORT", 8000)
SERVER_WORKERS = env_whole("JIHENG_SERVER_WORKERS", 2)
SERVER_THREADS = env_whole("JIHENG_SERVER_THREADS", 4)
POLICY_OVERRIDES = Path(env_text("JIHENG_POLICY_DIR", str(DATA / "policy")))
# here, because every process reads the settings first: server, worker and command line score alike
policy.use_overrides(POLICY_OVERRIDES if POLICY_OVERRIDES.is_dir() else None)

DATABASES = {"default": env_database("JIHENG_DATABASE", DATA / "jiheng.sqlite3")}
# pages kept for a moment, some 10 KB each: enough for a county's people in every stage
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 2000},
    }
}

INSTALLED_APPS = [
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "jiheng.units",
    "jiheng.projects",
    "jiheng.library",
    "jiheng.panels",
    "jiheng.ledger",
    "jiheng.filings",
    "jiheng.accounts",
    "jiheng.findings",
    "jiheng.audits",
    "jiheng.goals",
    "jiheng.assessment",
    "jiheng.monitoring",
    "jiheng.evaluation",
    "jiheng.flags",
    "jiheng.fiscal",
    "jiheng.reviews",
    "jiheng.results",
    "jiheng.disclosure",
    "jiheng.web",
    "jiheng.demo",
]
# django.contrib.auth and contenttypes give backends and forms, but their tables stay empty: roles are ours
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", *INSTALLED_APPS]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "jiheng.web.middleware.GuardMiddleware",
]
ROOT_URLCONF = "jiheng.config.urls"
WSGI_APPLICATION = "jiheng.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "jiheng.web.shell.shell",
            ],
        },
    }
]

AUTH_USER_MODEL = "units.Person"
AUTHENTICATION_BACKENDS = ["jiheng.web.backend.PersonBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": env_whole("JIHENG_PASSWORD_LENGTH", 10)},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOCK_AFTER_FAILURES = env_whole("JIHENG_LOCK_AFTER", 5)
LOCK_MINUTES = env_whole("JIHENG_LOCK_MINUTES", 15)

SESSION_COOKIE_AGE = env_whole("JIHENG_SESSION_MINUTES", 8 * 60) * 60
IDLE_SECONDS = env_whole("JIHENG_IDLE_MINUTES", 60) * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # Tabler's own stylesheet draws its icons from data: images
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a folder that is not there
STATICFILES_DIRS = [("vendor", ROOT / "build" / "vendor")] if (ROOT / "build" / "vendor").exists() else []
MEDIA_ROOT = DATA / "files"
# `jiheng setup` and `run` collect the files under hashed names; elsewhere they are found where they stand
IS_STATIC_HASHED = env_bool("JIHENG_HASHED_STATIC", default=(STATIC_ROOT / "staticfiles.json").exists())
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_STATIC_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not IS_STATIC_HASHED

FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# more payments than this in one file, or a year that has such files, live as Parquet beside the database
COMFORT_ROWS = env_whole("JIHENG_COMFORT_ROWS", 200_000)
STACKS = DATA / "ledger"
LEDGER_COPIES = DATA / "copies"  # of the entries, for questions over them; may be deleted at any time
MAX_UPLOAD_BYTES = env_whole("JIHENG_MAX_UPLOAD_MB", 50) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# what the worker runs, by job kind: each takes the Job and returns its result
JOBS: dict[str, str] = {
    "stage_import": "jiheng.units.imports.stage_job",
    "publish_import": "jiheng.units.imports.publish_job",
    "zip_forms": "jiheng.web.filing_files.zip_job",
    "zip_replies": "jiheng.web.synchrony.zip_job",
    "take_forms": "jiheng.web.filing_files.take_job",
    "check_document": "jiheng.audits.checking.check_job",
    "run_flags": "jiheng.flags.running.run_job",
    "check_disclosure": "jiheng.disclosure.checking.check_job",
    "disclose_units": "jiheng.disclosure.checking.units_job",
    "propose_results": "jiheng.results.workflow.propose_job",
    "close_year": "jiheng.results.closing.close_job",
}
# what comes in by file, in the order in which an empty installation needs it
IMPORTS: dict[str, str] = {
    "units": "jiheng.units.rosters.UNITS",
    "people": "jiheng.units.rosters.PEOPLE",
    "funds": "jiheng.projects.imports.FUNDS",
    "budgets": "jiheng.projects.imports.BUDGETS",
    "budget_dates": "jiheng.projects.imports.BUDGET_DATES",
    "payments": "jiheng.ledger.pull.PAYMENTS",
    "board_goals": "jiheng.evaluation.exchange_imports.GOALS",
    "board_monitoring": "jiheng.evaluation.exchange_imports.MONITORING",
    "board_evaluation": "jiheng.evaluation.exchange_imports.EVALUATION",
    "problems": "jiheng.findings.problem_imports.PROBLEMS",
    "indicators": "jiheng.library.imports.INDICATORS",
    "standards": "jiheng.library.imports.STANDARDS",
}
REGISTRIES = (
    *("companies", "listed", "items", "subsidies", "materials", "contracts", "contract_payments"),
    *("invoices", "agreements", "proofs", "taxes", "acceptances", "deaths", "transfers"),
)
IMPORTS |= {f"registry_{name}": f"jiheng.ledger.registries.{name.upper()}" for name in REGISTRIES}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}},
}
