"""Which processes make up Retie on one machine, and how each is started."""

import sys
from pathlib import Path

from contacts.supervising import Program

PYTHON = sys.executable
ROOT = Path(__file__).resolve().parent.parent
MANAGE = str(ROOT / "manage.py")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # gunicorn's heartbeat files
SWEEP_SECONDS = 5


def web(*, host: str, port: int) -> Program:
    """The site, by gunicorn, with threads so that a slow download holds no other up."""
    options = {
        "--bind": f"{host}:{port}",
        "--worker-class": "gthread",
        "--workers": "2",
        "--threads": "4",
        "--timeout": "60",
        "--graceful-timeout": "5",
        "--max-requests": "2000",
        "--max-requests-jitter": "200",
        "--log-level": "warning",
    }
    if SHARED_MEMORY.is_dir():  # a heartbeat on a busy disk would look like a hang
        options["--worker-tmp-dir"] = str(SHARED_MEMORY)
    given = [part for option in options.items() for part in option]
    # Without the flag gunicorn opens a control socket in the home folder.
    command = [PYTHON, "-m", "gunicorn", "config.wsgi:application"]
    return Program("the site", [*command, "--no-control-socket", *given])


def worker(*, processes: int) -> Program:
    """A Celery worker with so many processes."""
    command = [PYTHON, "-m", "celery", "--quiet", "-A", "config", "worker"]
    options = ["--pool", "prefork", "--concurrency", str(processes)]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    return Program("the worker", [*command, *options, *quiet])


def sweeper() -> Program:
    """The loop that hints again at jobs nobody took."""
    return Program(
        "the sweep", [PYTHON, MANAGE, "sweep", "--every", str(SWEEP_SECONDS)]
    )
