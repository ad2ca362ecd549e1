# SPDX-License-Identifier: Apache-2.0
# MLflow's pages in a real browser: tests/ui/README.md.

UI_2_VERSION := 2.22.5
UI_2         := build/ui/$(UI_2_VERSION)

## ui: how the files of the pages are served, against this MODE
ui: $(PROGRAM) build/venv
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m pytest -q tests/ui/test_static.py

## pages: MLflow's pages in a real browser, beside MLflow's own server, against this MODE
pages: $(PROGRAM) build/venv $(UI_2)
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m pytest -q tests/ui/test_pages.py tests/ui/test_actions.py

# The pages of the last 2.x wheel, and nothing else of it.
$(UI_2): | build/venv
	@echo "$@: unpacking the pages of mlflow $(UI_2_VERSION)"
	@rm -rf $@.new && mkdir -p $@.new
	@$(PYTHON) -m pip download -q --no-deps --disable-pip-version-check -d $@.new mlflow==$(UI_2_VERSION)
	@$(PYTHON) -c 'import sys, zipfile; wheel = zipfile.ZipFile(sys.argv[1]); wheel.extractall(sys.argv[2], \
	    [name for name in wheel.namelist() if name.startswith("mlflow/server/js/build/") and not name.endswith(".map")])' \
	    $@.new/mlflow-$(UI_2_VERSION)-*.whl $@.new
	@rm $@.new/*.whl && mv $@.new $@

.PHONY: ui pages
