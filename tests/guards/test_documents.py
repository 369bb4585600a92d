"""What the documents say must be true, or they mislead."""

import re
import tomllib
from pathlib import Path

import pytest
from django.urls import get_resolver

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SENTENCE = re.compile(r"`([^`\n]+)`")
MAKE_TARGET = re.compile(r"^([a-z0-9]+):", re.MULTILINE)
REQUIREMENT = re.compile(r"^([A-Za-z0-9_.-]+)")


def make_targets():
    return set(MAKE_TARGET.findall((ROOT / "Makefile").read_text()))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_only_make_targets_that_exist(path):
    named = set(re.findall(r"\bmake ([a-z0-9]+)\b(?=[` \n])", code_in(path)))

    assert named <= make_targets()


def code_in(path):
    """Give what a document marks as code, each piece on a line."""
    text = path.read_text()
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    return "\n".join([*SENTENCE.findall(text), *blocks]) + "\n"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_only_files_that_exist(path):
    named = [
        name
        for name in SENTENCE.findall(path.read_text())
        if re.fullmatch(r"\.?[\w.-]+(/[\w.-]+)*\.(py|md|toml|txt|in|yaml)", name)
        or re.fullmatch(r"[\w.-]+(/[\w.-]+)*/", name)
    ]
    made_later = ("var/", ".venv/", "hashes/")

    missing = [
        name
        for name in named
        if not (ROOT / name).exists() and not name.startswith(made_later)
    ]

    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_only_commands_that_exist(path):
    named = set(re.findall(r"manage\.py ([a-z_]+)", code_in(path)))
    ours = {
        file.stem
        for app in ("contacts", "audits")
        for file in (ROOT / app / "management/commands").glob("[a-z]*.py")
    }
    djangos = {"migrate", "createsuperuser", "check", "collectstatic", "changepassword"}

    assert named <= ours | djangos


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path):
    links = re.findall(r"\]\((?!https?://)([^)#]+)", path.read_text())

    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_direct_dependency_has_its_reason():
    told = (ROOT / "docs/dependencies.md").read_text()
    wanted = {
        REQUIREMENT.match(line)[1]
        for file in ROOT.glob("requirements*.in")
        for line in file.read_text().splitlines()
        if line and not line.startswith(("#", "-"))
    }

    assert [name for name in sorted(wanted) if f"| `{name}` |" not in told] == []


def test_every_variable_is_in_the_example():
    settings = (ROOT / "config/settings.py").read_text()
    schema = settings.partition("environ.Env(")[2].partition("\n)")[0]
    named = set(re.findall(r"^    ([A-Z_]+)=", schema, re.MULTILINE))

    told = (ROOT / ".env.example").read_text()

    assert [name for name in sorted(named) if f"{name}=" not in told] == []


def test_locks_hold_hashes_and_no_path_of_a_machine():
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-e2e.txt"):
        text = (ROOT / name).read_text()
        pins = re.findall(r"^[A-Za-z0-9_.\[\],-]+==", text, re.MULTILINE)
        hashed = re.findall(r"^[A-Za-z0-9_.\[\],-]+==.*\\\n +--hash=", text, re.M)

        assert len(pins) == len(hashed) > 0
        assert not re.search(r"/(home|root|work|tmp|opt)/", text)


def test_locks_pin_what_the_inputs_ask_for():
    for file in ROOT.glob("requirements*.in"):
        locked = file.with_suffix(".txt").read_text().lower()
        for line in file.read_text().splitlines():
            if line and not line.startswith(("#", "-")):
                name = REQUIREMENT.match(line)[1].lower().replace("_", "-")
                assert f"\n{name}==" in locked or f"\n{name}[" in locked, name


def test_url_names_in_documents_exist():
    known = {
        f"{space}:{name}"
        for space, (_, resolver) in get_resolver().namespace_dict.items()
        for name in resolver.reverse_dict
        if isinstance(name, str)
    }
    told = set()
    for path in DOCUMENTS:
        told |= set(re.findall(r"`((?:contacts|audits):[a-z-]+)`", path.read_text()))

    assert told <= known


def test_python_of_the_project_is_the_one_the_readme_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["requires-python"] == ">=3.11"
    assert "Python 3.11" in README
