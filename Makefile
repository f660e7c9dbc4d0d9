# Needs make and Python 3.11 or newer; everything else is fetched into .venv (and Chromium and Node for `make test`).
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup run aws test check lint types template faults simulate bench alternatives package failed resend redrive reconcile verify staff picture

help: ## List the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

setup: $(STAMP) ## Build .venv (the other commands call it)

$(STAMP): requirements.txt requirements-dev.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing. Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) tests/tools/check_python.py
	@echo "Building $(VENV) (once; about a minute) …"
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(STAMP)

run: $(STAMP) ## Start the sandbox: demo page, mailbox, AWS on this machine (PORT, AWS_PORT)
	@exec $(RUN) -m sandbox run

aws: $(STAMP) ## Start only AWS, its resources and the pump; then: chalice local --stage local
	@exec $(RUN) -m sandbox aws

test: $(STAMP) ## Run every test, with a real browser and the official Formspree client
	@tests/tools/ensure_browser.sh
	@$(RUN) -m pytest -q -n 2 --dist loadfile -m ""

lint: $(STAMP)
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check

types: $(STAMP)
	@$(VENV)/bin/mypy

template: $(STAMP)
	@$(VENV)/bin/cfn-lint infrastructure/template.yaml

faults: $(STAMP)
	@$(RUN) -m simulation check
	@$(RUN) -m simulation moto --sample 60

simulate: $(STAMP) ## Faults without end: triples, a million random plans, 300 kills (hours)
	@$(RUN) -m simulation all
	@$(RUN) -m simulation moto --sample 3000
	@$(RUN) -m simulation.kills --kills 300

check: $(STAMP) ## Lint, types, template, every test, the fault simulation, with the time of each: the gate
	@for step in lint types template; do \
	  began=$$(date +%s); \
	  echo "== $$step"; \
	  $(MAKE) --no-print-directory $$step || exit 1; \
	  echo "== $$step took $$(( $$(date +%s) - began )) s"; \
	done
	@for step in test faults; do \
	  began=$$(date +%s); \
	  echo "== $$step"; \
	  $(MAKE) --no-print-directory $$step || exit 1; \
	  echo "== $$step took $$(( $$(date +%s) - began )) s"; \
	done

bench: $(STAMP) ## Measure cold start, warm accept, text screening, and the pages of the desk
	@$(RUN) -m benchmarks

picture: $(STAMP) ## Take the README's picture of the desk again (docs/desk.png)
	@tests/tools/ensure_browser.sh
	@$(RUN) -m tests.tools.desk_picture

alternatives: $(STAMP) ## Play our faults on what people use instead; writes docs/reliability.md
	@$(RUN) -m simulation.alternatives

package: $(STAMP) ## Write build/deployment.zip, what stage prod would upload
	@rm -rf build/package && mkdir -p build
	@find chalicelib -name __pycache__ -type d -prune -exec rm -rf {} +
	@AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} $(VENV)/bin/chalice package --stage prod build/package
	@cp build/package/deployment.zip build/deployment.zip
	@ls -l build/deployment.zip

failed: $(STAMP) ## List messages that could not be sent (STAGE)
	@$(RUN) -m infrastructure.stage_command "$(STAGE)" failed

resend: $(STAMP) ## Send failed messages again: all, or those that ID names (STAGE, ID)
	@$(RUN) -m infrastructure.stage_command "$(STAGE)" resend $(or $(ID),--all)

redrive: $(STAMP) ## Move dead letters back to their queues (STAGE)
	@$(RUN) -m infrastructure.stage_command "$(STAGE)" redrive

reconcile: $(STAMP) ## Count the enquiries of two days: told, still tried, failed (STAGE)
	@$(RUN) -m infrastructure.stage_command "$(STAGE)" reconcile

staff: $(STAMP) ## Open an account for the desk (STAGE, EMAIL, GROUP=staff|manager|none, CODE_APP=off)
	@$(RUN) -m infrastructure.staff_account "$(STAGE)" "$(EMAIL)" "$(GROUP)" "$(CODE_APP)"

verify: $(STAMP) ## Verify the histories of a year, or those that ID names (STAGE, ID)
	@$(RUN) -m infrastructure.stage_command "$(STAGE)" verify $(ID)
