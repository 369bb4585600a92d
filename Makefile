# Retie's commands. `make help` lists them; README.md says what they are for.

PYTHON ?= python3.11
PORT ?= 8000
SANDBOX_PORT ?= 8010
VENV := .venv
PY := $(VENV)/bin/python
MANAGE := $(PY) manage.py
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

# What the gates set so that they need no .env: production's variables, of no production.
GATE := env SECRET_KEY=for-the-gates-alone-0123456789-abcdefghijklmnopqrstuvwxyz \
	FIELD_KEYS=Zm9yLXRoZS1nYXRlcy1hbG9uZS1mb3ItdGhlLWdhdGU= ALLOWED_HOSTS=retie.example \
	DEBUG=false HTTPS=true ALLOW_LOOPBACK_PROVIDERS=false DATABASE_URL=sqlite://:memory: \
	BROKER_URL=redis://127.0.0.1:6379/9 LOG_LEVEL=WARNING

.DEFAULT_GOAL := help
.PHONY: help install demo run worker test check gates faults e2e bench lock

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- What is installed: each stamp is newer than the requirements it installed ---

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Retie needs Python 3.11: install it, or name it with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 \
		|| { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment: install the package python3.11-venv." >&2; exit 1; }

$(VENV)/.runtime: requirements.txt | $(PY)
	@echo "Installing what Retie runs on …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing what the tests need …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@touch $@

$(VENV)/.e2e: requirements-e2e.txt $(VENV)/.dev
	@echo "Installing what the browser tests need …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-e2e.txt
	@touch $@

# --- To run it ---

install: $(VENV)/.runtime ## make the virtual environment and .env with fresh keys
	@$(PY) -m config.environment .env

demo: install ## make-believe people of both providers, imported and scanned, on http://127.0.0.1:8000/
	@ALLOW_LOOPBACK_PROVIDERS=true exec $(MANAGE) demo --port $(PORT) --sandbox-port $(SANDBOX_PORT)

run: install ## the site with its worker on http://127.0.0.1:8000/
	@$(MANAGE) prepare
	@exec $(MANAGE) serve --port $(PORT)

worker: install ## one more worker, without the site
	@$(MANAGE) prepare
	@exec $(MANAGE) serve --no-web

# --- To trust it ---

test: $(VENV)/.dev $(if $(CHROMIUM),$(VENV)/.e2e) ## the whole suite on what this machine has
	@$(PY) -m tests.run

check: export TEST_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
check: export TEST_BROKER_URL ?= redis://127.0.0.1:6379/9
check: $(VENV)/.e2e gates ## every gate, then the suite on both databases, both brokers and Chromium
	@$(PY) -m tests.run --all --coverage

gates: $(VENV)/.dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(PY) -m pip check
	$(GATE) $(VENV)/bin/mypy .
	git ls-files -z 'templates/*.html' | xargs -0 $(VENV)/bin/djade --check --target-version 5.2
	$(VENV)/bin/djlint --quiet --check templates
	$(VENV)/bin/djlint --quiet --lint templates
	git ls-files -z '*.py' | xargs -0 $(VENV)/bin/django-upgrade --check --target-version 5.2
	$(VENV)/bin/lint-imports
	$(GATE) $(MANAGE) makemigrations --check --dry-run
	$(GATE) $(MANAGE) check --deploy --fail-level WARNING
	$(PY) -m pytest -q tests/guards/test_vendor.py

faults: $(VENV)/.dev ## kill workers and commands in the middle, and count what is there after
	@$(PY) -m pytest -m process

e2e: $(VENV)/.e2e ## the browser tests alone
	@$(PY) -m pytest -m browser tests/browser

bench: $(VENV)/.dev ## measure import, scan and pages on PostgreSQL, beside what others reach
	@$(PY) -m tests.bench

lock: $(VENV)/.dev ## resolve requirements*.in anew into requirements*.txt, with hashes
	@for name in requirements requirements-dev requirements-e2e; do \
		$(VENV)/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 \
			--generate-hashes -o $$name.txt $$name.in || exit 1; done
