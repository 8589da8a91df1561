# What people do every day. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help test lint format types mutants bench glance

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 10

test: ## All tests; some of them with ARGS="tests/paramdeps -k shared"
	uv run pytest -n auto $(ARGS)

lint: ## Linters and floors, changing nothing
	uv run ruff check
	uv run ruff format --check
	uv run lint-imports

format: ## Layout, and whatever the linter can mend by itself
	uv run ruff check --fix
	uv run ruff format

types: ## The type checkers: the packages, and what these promise to users
	uv run mypy
	uv run pyright
	uv run pytest --quiet tests/typing

mutants: ## Whether the type checkers notice each signature that is loosened; some with ARGS="mypy -k Docket.add"
	uv run python -m tests.typing.mutants $(ARGS)

bench: ## How fast it is, beside its peers and the physical floor
	uv run benchmarks/drain.py $(ARGS)

glance: ## The first example of the README
	uv run --no-dev examples/at_a_glance.py
