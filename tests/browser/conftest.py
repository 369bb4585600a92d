"""The demo, run for real, and Chromium in front of it.

Everything a person would meet is there: the site behind gunicorn, a worker, the sandbox
over HTTP. The tests share one district and keep to findings of their own.
"""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass

import pytest

from tests.machine import Machine, free_port, new_machine, wait_for
from tests.run import BROWSERS

CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
if importlib.util.find_spec("playwright") is None:
    collect_ignore_glob = ["test_*.py"]

# Chromium as root needs --no-sandbox; the rest keeps it from asking its maker for things.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOSTILE = "<img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Site:
    """The running demo."""

    url: str
    password: str
    machine: Machine


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.timeout(300))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium is on the PATH"))


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    port, sandbox_port = free_port(), free_port()
    with new_machine(tmp_path_factory.mktemp("site")) as machine:
        machine.env |= {"ALLOW_LOOPBACK_PROVIDERS": "true", "LOG_LEVEL": "WARNING"}
        demo = ["demo", "--port", str(port), "--sandbox-port", str(sandbox_port)]
        with machine.running(*demo, log="demo-told.log") as process:
            wait_for(
                lambda: (
                    "Retie is ready" in machine.read_log("demo-told.log")
                    or process.poll() is not None
                ),
                seconds=180,
                what="the demo",
            )
            assert process.poll() is None, machine.read_log("demo-told.log")
            add_hostile_source(machine)
            password = (machine.var / "demo" / "password").read_text().strip()
            yield Site(f"http://127.0.0.1:{port}", password, machine)


def add_hostile_source(machine):
    """Add a district whose data attack the page: names, labels, ids."""
    file = machine.var / "hostile.csv"
    quoted = HOSTILE.replace('"', '""')
    file.write_text(
        "id,district,name,email,phone,phone_type,relationship,type,sis_id,students\n"
        f'a1,d,"{quoted}",javascript:alert(2),=1+1,{{{{7*7}}}},'
        '"""><svg onload=alert(3)>",<b>bold</b>,<s>,s1\n'
        "a2,d,\u202eesrever,x@example.org,5,Cell,Parent,Family,,s1\n"
    )
    source = ["--provider", "clever", "--name", HOSTILE, "--external-id", "h"]
    for command in (
        ["add_source", "hostile", *source],
        ["import_legacy", "hostile", str(file)],
    ):
        done = machine.manage(*command)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def base_url(site):
    return site.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": ARGUMENTS,
    }


@pytest.fixture(scope="session")
def logged_in(site, browser):
    """Give the cookies of a person: each logs in once, as log-ins are limited."""
    states = {}

    def log_in(name):
        if name not in states:
            context = browser.new_context(base_url=site.url)
            page = context.new_page()
            page.goto("/accounts/login/")
            page.get_by_label("Username").fill(name)
            page.get_by_label("Password").fill(site.password)
            page.get_by_role("button", name="Log in").click()
            page.wait_for_url("**/")
            states[name] = context.storage_state()
            context.close()
        return states[name]

    return log_in


@pytest.fixture
def open_as(site, browser, logged_in):
    """Open a page as a person; at the end nothing may have gone wrong on it."""
    opened = []
    troubles = []

    def open_page(name, **options):
        state = logged_in(name) if name else None
        context = browser.new_context(base_url=site.url, storage_state=state, **options)
        page = context.new_page()
        watch(page, troubles)
        opened.append(context)
        return page

    yield open_page

    for context in opened:
        context.close()
    assert troubles == []


def watch(page, troubles):
    """Note every error on the console (CSP's reports are some), crash and dialog."""
    page.on(
        "console",
        lambda message: (
            troubles.append(f"{page.url}: {message.text}")
            if message.type == "error"
            else None
        ),
    )
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    page.on(
        "dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss())
    )
