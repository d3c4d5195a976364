# Thin names for `python3 -m dev COMMAND`; settings given to make reach it.
PYTHON ?= python3
COMMANDS := setup demo test lint stop clean clean-cache

.DEFAULT_GOAL := help

.PHONY: help $(COMMANDS)
help $(COMMANDS):
	@$(PYTHON) -m dev $@
