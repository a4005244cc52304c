# Two commands: `make run` brings up the appliance with its simulated hospital, `make test` proves it.
.PHONY: run test check unit bench lock pictures clean
.DEFAULT_GOAL := run

# make run SHIFT=1000 adds 1000 to every port, for a second instance beside the first.
SHIFT ?= 0
PYTHON := .venv/bin/python

run:
	@setup/prepare.sh run
	@exec ./nightbell demo --shift $(SHIFT)

test:
	@setup/prepare.sh test
	@$(MAKE) --no-print-directory check
	@exec $(PYTHON) -m pytest -q

check: # quick and first: style, types, floors, shell
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports --no-logo
	@shellcheck nightbell setup/*.sh pbx/engine/*.sh .ci/run

unit: # seconds: all but real engines and browsers
	@$(PYTHON) -m pytest -q --ignore=tests/integration --ignore=tests/e2e --ignore=tests/contracts

bench:
	@setup/prepare.sh test
	@exec $(PYTHON) -m tests.bench

pictures: # the README's pictures, from the running system
	@setup/prepare.sh test
	@exec $(PYTHON) -m docs.pictures

lock: # needs uv
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" pyproject.toml --group dev -o requirements-dev.lock

clean:
	rm -rf .venv build var .mypy_cache .ruff_cache .import_linter_cache .hypothesis
