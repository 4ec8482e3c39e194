# SPDX-License-Identifier: GPL-3.0-or-later
# duplexd: `make help` lists the targets. Long steps live in scripts/.

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
TRAITS ?= on
ARGS ?=

# TRAITS=off: no hardware crypto, so libssl-dev is not needed. Its own scratch path: both builds can stand side by side.
ifeq ($(TRAITS),on)
BUILD_DIR ?= .build
else ifeq ($(TRAITS),off)
BUILD_DIR ?= .build-without-traits
SETUP_FLAGS := --no-hardware-crypto
TRAIT_FLAGS := --disable-default-traits
else
$(error TRAITS=$(TRAITS) is unknown; accepted: on, off)
endif

SWIFT_FLAGS = --scratch-path $(BUILD_DIR) $(TRAIT_FLAGS)
# The Swift run-time libraries go into the binary, so that it runs where no toolchain is installed.
RELEASE_FLAGS = $(SWIFT_FLAGS) --configuration release --product duplexd --static-swift-stdlib
BINARY = $(BUILD_DIR)/release/duplexd
# The suites whose code runs in more than one thread.
THREAD_SUITES = DuplexLockTests|DuplexPosixTests|DuplexTLSTests|ProxyEngineTests
THREAD_SCRATCH = .build-tsan
MEMORY_SCRATCH = .build-asan
THREAD_ENV = TSAN_OPTIONS='log_path=$(CURDIR)/$(THREAD_SCRATCH)/reports/report'
MEMORY_ENV = ASAN_OPTIONS='detect_leaks=1:log_path=$(CURDIR)/$(MEMORY_SCRATCH)/reports/report' \
	LSAN_OPTIONS='suppressions=$(CURDIR)/Tests/leak-suppressions:print_suppressions=0'
FORMATTED = Sources Tests Package.swift Examples/Sources Examples/Package.swift Benchmarks/Sources Benchmarks/Benchmarks \
	Benchmarks/Package.swift

# Builds and tests under a sanitizer: scratch path, sanitizer, environment, which suites. Its reports go to files, since
# what the process of an exit test prints is not kept; one of them fails the whole, however its process ended.
define sanitized-test
	@scripts/setup $(SETUP_FLAGS) build test
	swift build --scratch-path $(1) $(TRAIT_FLAGS) --sanitize $(2) --build-tests
	@rm -rf '$(1)/reports' && mkdir -p '$(1)/reports'
	status=0; $(3) swift test --scratch-path $(1) $(TRAIT_FLAGS) --sanitize $(2) --skip-build --disable-xctest \
		--no-parallel $(4) $(ARGS) || status=$$?; \
		! find '$(1)/reports' -type f -exec cat {} + | grep -a . && exit $$status
endef

INSTALL_ENV = BINARY='$(BINARY)' DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)'

.DEFAULT_GOAL := build
.PHONY: run test test-threads test-memory bench microbench build debug check check-format check-install format install \
	uninstall clean help

run: build ## install what is missing, build, and start the demo (ARGS='--listen 127.0.0.1:8443')
	@exec $(BINARY) demo $(ARGS)

test: ## install what is missing, build and test (ARGS='--filter ProxyEngineTests')
	@scripts/setup $(SETUP_FLAGS) build test
	swift build $(SWIFT_FLAGS) --build-tests
	swift test $(SWIFT_FLAGS) --skip-build --disable-xctest --no-parallel $(ARGS)

test-threads: ## the suites of the threads under ThreadSanitizer
	$(call sanitized-test,$(THREAD_SCRATCH),thread,$(THREAD_ENV),--filter '^($(THREAD_SUITES))\.')

test-memory: ## every suite but the style rules under AddressSanitizer and LeakSanitizer
	$(call sanitized-test,$(MEMORY_SCRATCH),address,$(MEMORY_ENV),--skip '^StyleTests\.')

bench: ## the comparison with the other proxies, as one table (QUICK=1: a look in three minutes; see scripts/bench)
	@scripts/setup $(SETUP_FLAGS) build bench
	@$(MAKE) --no-print-directory build
	@BINARY='$(BINARY)' scripts/bench

microbench: ## what each part of the library costs (ARGS='--filter "record in.*"')
	@scripts/setup $(SETUP_FLAGS) build
	swift package --package-path Benchmarks --scratch-path .build-bench/swift benchmark --no-progress $(ARGS)

build: ## the release binary
	@scripts/setup $(SETUP_FLAGS) build
	swift build $(RELEASE_FLAGS)

debug: ## the debug binary, with the checks of the lock's rules
	@scripts/setup $(SETUP_FLAGS) build
	swift build $(SWIFT_FLAGS) --product duplexd

check: check-format ## format and style rules
	@$(MAKE) --no-print-directory test ARGS='--filter ^StyleTests\.'

check-format:
	swift format lint --strict --parallel --recursive $(FORMATTED)

check-install: ## install into a scratch directory and look at the result (after `make build`)
	@BINARY='$(BINARY)' scripts/check-install

format: ## write the house format
	swift format format --in-place --parallel --recursive $(FORMATTED)

install: ## put the built binary, unit, configuration and papers into place (DESTDIR, PREFIX, SYSCONFDIR)
	@$(INSTALL_ENV) scripts/install

uninstall: ## take them out again; configuration and keys stay
	@$(INSTALL_ENV) scripts/uninstall

clean: ## remove what was built
	rm -rf .build .build-*

help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; \
		do printf '  make %-14s %s\n' "$$name" "$$text"; done
