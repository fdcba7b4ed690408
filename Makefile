# Two commands set everything up: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# The build of onnxruntime to end up with: gpu (plain where there is no GPU build), or cpu.
ONNXRUNTIME ?= gpu
ONNXRUNTIME_VERSION := 1.31.1
# Tests run in this many processes at once: a number, or auto for half as many again as cores.
WORKERS ?= auto

export ORT_DISABLE_TELEMETRY := 1

.PHONY: demo test drill lint bench docs models clean

demo: $(VENV)/.stamp-demo
	$(BIN)/revsearch demo

# The app of a test need not be drawn sixty times a second.
test: $(VENV)/.stamp-test lint
	TEXTUAL_FPS=20 $(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 8 --dist worksteal

# Faults made on purpose, all of them, and other long checks; `make test` runs a sample.
drill: $(VENV)/.stamp-test
	$(BIN)/python -m pytest -m drill --numprocesses $(WORKERS) --maxprocesses 8 --dist worksteal

lint: $(VENV)/.stamp-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPY_NUM_WORKERS=2 $(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.stamp-bench
	$(BIN)/python -m benchmarks

# What ships is made from published weights, and trained from a folder of CIFAR-10 as pictures: make models CIFAR10=FOLDER
# The training takes ten minutes of a large GPU, and days without one.
models: $(VENV)/.stamp-test
	$(BIN)/revsearch train cnn --data folders:$(CIFAR10) --out cifar10-teacher \
		-O width=2 -O epochs=100 -O cutmix=1
	$(BIN)/revsearch train cnn --data folders:$(CIFAR10) --out cifar10 \
		-O teacher=cifar10-teacher -O epochs=215 -O mixup=0.5 -O both_sides=true
	$(BIN)/revsearch models pull efficientnet-imagenet --name imagenet
	$(BIN)/python data/ship_model.py cifar10 imagenet

docs: $(VENV)/.stamp-test
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_contract.py
	$(BIN)/python docs/make_keys.py
	$(BIN)/python docs/screenshots/make_screenshots.py

clean:
	rm -rf $(VENV) dist build

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Installing may bring plain onnxruntime over the GPU build (docs/decisions/0003): mend after every install.
define mend
	$(BIN)/revsearch doctor --mend --onnxruntime $(ONNXRUNTIME) --version $(ONNXRUNTIME_VERSION) > /dev/null
	touch $@
endef

$(VENV)/.stamp-demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable .
	$(mend)

$(VENV)/.stamp-test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[test,train]'
	$(mend)

$(VENV)/.stamp-bench: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[test,train,bench]'
	$(mend)
