SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check format mutants simulate fuzz drill bench build package machine

binary := .build/debug/evergrant
sources := Sources Tools Tests Package.swift

help:  ## What can be made
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

demo:  ## Both sides on loopback, from approval to revocation; FILE=customers.csv takes your own, ARGS=--stay keeps it running
	@scripts/setup
	@scripts/progress 'building evergrant' swift build --product evergrant
	@$(binary) demo $${FILE:+--file "$$FILE"} $(ARGS)

build:  ## An optimised .build/release/evergrant that needs no Swift to run
	@scripts/setup
	@scripts/progress 'building evergrant for release' swift build -c release --product evergrant --static-swift-stdlib
	@echo .build/release/evergrant

package: build  ## A Debian package of that, with service, manuals and completions, in .build/package
	@scripts/setup package
	@scripts/progress 'building what writes manuals' swift build --product generate-manual
	@scripts/progress 'packing' scripts/package
	@ls .build/package/*.deb

machine: package  ## Installs, upgrades, removes and purges the package on a small Debian machine of its own; needs root
	@scripts/setup machine
	@scripts/progress 'packing an upgrade' scripts/package next
	@Tools/machine

test:  ## Every test, with real PHP and the real Python SDK; FILTER=Name runs some
	@scripts/setup test
	@scripts/tests $${FILTER:+"$$FILTER"}

check:  ## Format, module order, scripts, and that the documents tell of laws, of Keap's API and of figures what is there
	@scripts/setup test
	@swift format lint --strict --recursive --parallel $(sources)
	@scripts/check-imports --self-test
	@scripts/check-imports
	@Tools/mutants/run --self-test
	@Tools/mutants/run --check
	@Tools/mutants/documents
	@Tools/keap/documents
	@Tools/bench/documents
	@scripts/check-scripts
	@scripts/picture --check
	@echo 'check: all is well'

format:  ## Rewrites the Swift sources as .swift-format says
	@swift format --in-place --recursive --parallel $(sources)

mutants:  ## Breaks every law once and sees its test fail; ARGS='--law P13' takes one, SWEEP=200 SEED=n makes some by itself
	@scripts/setup test
	@scripts/progress 'installing the Python SDK' scripts/python-venv
	@Tools/mutants/run $(if $(SWEEP),--sweep $(SWEEP) --seed $(or $(SEED),1)) $(ARGS)

simulate:  ## Many seeds of the simulation, a failing one is the reproduction; SEEDS=n FROM=m
	@scripts/setup
	@scripts/progress 'building the simulation' swift build -c release --product simulate
	@SWIFT_DETERMINISTIC_HASHING=1 .build/release/simulate --seeds $${SEEDS:-1000} --from $${FROM:-0} --figures .build/simulation.json
	@scripts/measured simulation .build/simulation.json

fuzz:  ## The readers of foreign text (XML-RPC, PHP's serialize(), CSV, JSON, forms) against made-up bytes; SECONDS=n RUNS=m ARGS='--only csv'
	@scripts/setup
	@scripts/progress 'building the fuzzer' Tools/fuzz/build
	@Tools/fuzz/run $(if $(SECONDS),--seconds $(SECONDS)) $(if $(RUNS),--runs $(RUNS)) $(ARGS)

bench: build  ## Requests, CPU, latency and memory against nginx in the same run, the bridge, contact upserts, a customer file, 100,000 connections; ARGS='--only import' takes 1,000,000 rows
	@scripts/progress 'building the measurement' swift build -c release --product measure --static-swift-stdlib
	@scripts/setup bench
	@Tools/bench/run $(ARGS)

drill:  ## Kills the real keeper with -9 over real sockets, about ten minutes long; ARGS='--only two-keepers' takes one part
	@scripts/setup
	@scripts/progress 'building evergrant and the drill' swift build --product evergrant
	@scripts/progress 'building evergrant and the drill' swift build --product drill
	@.build/debug/drill --figures .build/drill.json $(ARGS)
	@scripts/measured drill .build/drill.json
