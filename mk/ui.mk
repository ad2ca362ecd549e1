# SPDX-License-Identifier: Apache-2.0
# MLflow's pages in a real browser: tests/ui/README.md.

UI_2_VERSION := 2.22.5
UI_2         := build/ui/$(UI_2_VERSION)

## ui: how the files of the pages are served, against this MODE
ui: $(PROGRAM) build/venv
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m pytest -q tests/ui/test_static.py

## pages: MLflow's pages in a real browser, beside MLflow's own server, against this MODE
pages: $(PROGRAM) build/venv build/ui
	@RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m pytest -q tests/ui/test_pages.py tests/ui/test_actions.py

## screenshot: docs/images/ui.png anew, the charts of the data of the tests
screenshot: $(PROGRAM) build/venv
	@mkdir -p docs/images
	@PYTHONPATH=tests RUNESTONE_BIN=$(PROGRAM) $(PYTHON) -m ui.screenshot docs/images/ui.png

## build/ui: the pages of the last 2.x wheel, and nothing else of it
build/ui: $(UI_2)
$(UI_2): | build/venv
	@echo "$@: unpacking the pages of mlflow $(UI_2_VERSION)"
	@rm -rf $@.new && mkdir -p $@.new
	@$(PYTHON) -m pip download -q --no-deps --disable-pip-version-check -d $@.new mlflow==$(UI_2_VERSION)
	@$(PYTHON) -c 'import sys, zipfile; wheel = zipfile.ZipFile(sys.argv[1]); wheel.extractall(sys.argv[2], \
	    [name for name in wheel.namelist() if name.startswith("mlflow/server/js/build/") and not name.endswith(".map")])' \
	    $@.new/mlflow-$(UI_2_VERSION)-*.whl $@.new
	@rm $@.new/*.whl && mv $@.new $@

.PHONY: ui pages screenshot build/ui
