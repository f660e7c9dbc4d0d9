# Needs make and Python 3.11 or newer; everything else is fetched into .venv (and Chromium and Node for `make test`).
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup run aws test check lint types template faults fuzz rehearse simulate bench cost alternatives package provision deploy smoke gateway destroy failed resend redrive reconcile verify bringback staff mark picture

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
	@$(VENV)/bin/cfn-lint infrastructure/data.yaml infrastructure/template.yaml

faults: $(STAMP)
	@$(RUN) -m simulation check
	@$(RUN) -m simulation moto --sample 60

fuzz: $(STAMP) ## Send 50,000 requests made from the OpenAPI document, right ones and wrong ones (CASES, SEED)
	@$(RUN) -m tests.fuzz --cases $(or $(CASES),50000) --seed $(or $(SEED),1)

simulate: $(STAMP) ## Faults without end: triples, a million random plans, 300 kills (hours)
	@$(RUN) -m simulation all
	@$(RUN) -m simulation moto --sample 3000
	@$(RUN) -m simulation.kills --kills 300

rehearse: $(STAMP) ## Play a whole deployment against a local AWS (SHORT=1: one deployment and its removal; FROM=commit to go back to)
	@$(RUN) -m rehearsal $(if $(SHORT),--short) $(if $(FROM),--from "$(FROM)")

check: $(STAMP) ## Lint, types, template, every test, faults, a short fuzz, a short rehearsal, with the time of each: the gate
	@for step in lint types template; do \
	  began=$$(date +%s); \
	  echo "== $$step"; \
	  $(MAKE) --no-print-directory $$step || exit 1; \
	  echo "== $$step took $$(( $$(date +%s) - began )) s"; \
	done
	@for step in test faults "fuzz CASES=1000" "rehearse SHORT=1"; do \
	  began=$$(date +%s); \
	  echo "== $$step"; \
	  $(MAKE) --no-print-directory $$step || exit 1; \
	  echo "== $$step took $$(( $$(date +%s) - began )) s"; \
	done

bench: $(STAMP) ## Measure cold start, warm accept, text screening, and the pages of the desk
	@$(RUN) -m benchmarks

cost: $(STAMP) ## Reckon what an enquiry and an idle month cost; writes docs/operations.md
	@$(RUN) -m benchmarks.cost

picture: $(STAMP) ## Take the README's picture of the desk again (docs/desk.png)
	@tests/tools/ensure_browser.sh
	@$(RUN) -m tests.tools.desk_picture

alternatives: $(STAMP) ## Play our faults on what people use instead; writes docs/reliability.md
	@$(RUN) -m simulation.alternatives

package: $(STAMP) ## Write build/deployment.zip, what a stage uploads, and say what is in it (STAGE)
	@$(RUN) -m infrastructure.package $(or $(STAGE),prod)

provision: $(STAMP) ## Make what a stage needs in AWS, and write it into .chalice/config.json (STAGE)
	@$(RUN) -m infrastructure.provision "$(STAGE)"

deploy: $(STAMP) ## Deploy a stage: resources, code, gateway, a test of the whole (STAGE, ADOPT)
	@$(RUN) -m infrastructure.deploy "$(STAGE)" "$(ADOPT)"

smoke: $(STAMP) ## Test a deployed stage with an enquiry that is removed again (STAGE)
	@$(RUN) -m infrastructure.smoke "$(STAGE)"

destroy: $(STAMP) ## Take a stage off the net; its data stay (STAGE, CONFIRM)
	@$(RUN) -m infrastructure.destroy "$(STAGE)" "$(CONFIRM)"

gateway: $(STAMP) ## Put the gateway's own error answers, limits and log back after a plain chalice deploy (STAGE)
	@$(RUN) -m infrastructure.gateway "$(STAGE)"

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

.PHONY: mark
mark: $(STAMP) ## Say what stands for a member of staff in the logs (STAGE, EMAIL)
	@$(RUN) -m infrastructure.stage_command "$(STAGE)" mark $(EMAIL)

bringback: $(STAMP) ## Bring enquiries back out of a restored table (STAGE, FROM, and REFERENCE or SINCE)
	@$(RUN) -m infrastructure.bring_back "$(STAGE)" "$(FROM)" $(REFERENCE) $(SINCE)
