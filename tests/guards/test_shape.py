"""The shape of the code, where a tool of its own does not look."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import get_resolver

from config.celery import app as celery

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "contacts", "audits")
MODULES = sorted(
    path
    for app in APPS
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
BANNED_NAMES = {"utils", "helpers", "common", "misc", "base_views"}
URL_NAME = re.compile(r"(contacts|audits):[a-z]+(-[a-z]+)*")
URL_TAG = re.compile(r"""\{% url ["']([\w:-]+)["']""")


def ours():
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in {"contacts", "audits"}
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_has_at_most_300_lines(path):
    """The settings are one file by design: one place to look."""
    most = 400 if path.name == "settings.py" else 300

    assert len(path.read_text().splitlines()) <= most


def test_no_module_is_named_for_nothing():
    assert [path for path in MODULES if path.stem in BANNED_NAMES] == []


def functions(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_hardly_a_function_is_longer_than_40_lines():
    long = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in MODULES
        for node in functions(path)
        if node.end_lineno - node.lineno >= 45
    ]

    assert long == []


def test_every_task_has_a_route_to_a_queue_that_exists():
    known = {queue.name for queue in celery.conf.task_queues}
    tasks = {name for name in celery.tasks if not name.startswith("celery.")}

    routes = {name: route["queue"] for name, route in celery.conf.task_routes.items()}

    assert set(routes) == tasks
    assert set(routes.values()) <= known


def test_who_did_something_stands_beside_when():
    asked_at_creation = {"Job.requested_by"}
    alone = set()
    for model in ours():
        names = {field.name for field in model._meta.get_fields()}
        alone |= {
            f"{model.__name__}.{name}"
            for name in names
            if name.endswith("_by") and name.removesuffix("_by") + "_at" not in names
        }

    assert alone == asked_at_creation


def test_no_model_orders_by_itself():
    assert [model for model in ours() if model._meta.ordering] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_templates_reverse_urls_that_exist(path):
    named = set(URL_TAG.findall(path.read_text()))

    assert named <= url_names()


def url_names():
    resolver = get_resolver()
    own = {name for name in resolver.reverse_dict if isinstance(name, str)}
    for space, (_, inner) in resolver.namespace_dict.items():
        own |= {f"{space}:{n}" for n in inner.reverse_dict if isinstance(n, str)}
    return own


def test_code_reverses_urls_that_exist():
    named = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            value = getattr(node, "value", None)
            if isinstance(value, str) and URL_NAME.fullmatch(value):
                named[value] = path.name

    assert {n: where for n, where in named.items() if n not in url_names()} == {}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_templates_run_no_script_and_no_style_of_their_own(path):
    text = re.sub(
        r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}",
        "",
        path.read_text(),
        flags=re.S,
    )

    assert "|safe" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\s(style|on[a-z]+)=", text)
    assert "hx-on" not in text
