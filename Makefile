# Writ. `make` says what there is to make.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS   += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

# The Go files and the flags that everything is built and tested with: without nomsgpack, gin
# links codecs that Writ does not speak, and without nopgxregisterdefaulttypes, pgx types that it
# does not store.
PKG     ?= ./...
RUN     ?=
TAGS    := -tags nomsgpack,nopgxregisterdefaulttypes

# The program is made small where no request would notice: what has no part in the usual ones is
# compiled without inlining, and functions begin at multiples of 16 bytes, not of 32.
COLD := github.com/nats-io/nats-server/... github.com/klauspost/... github.com/quic-go/... go.mongodb.org/... \
	google.golang.org/protobuf/... github.com/go-playground/... github.com/gabriel-vasile/... github.com/pelletier/... \
	github.com/goccy/... github.com/alecthomas/... github.com/pressly/... go.uber.org/... golang.org/x/text/... \
	golang.org/x/net/... github.com/go-webauthn/... github.com/fxamacker/... github.com/google/go-tpm/... \
	github.com/tinylib/... github.com/go-viper/... github.com/nyaruka/... github.com/wneessen/... \
	github.com/prometheus/common/... github.com/prometheus/procfs/... net/http/pprof runtime/pprof encoding/gob encoding/xml
SMALL := $(COLD:%=-gcflags=%=-l)

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# Tools are built once for each version that deploy/tools/go.mod asks for. It is a module apart, so
# that the dependencies of a linter never move the program's own.
CACHE := $(CURDIR)/.cache
TOOLS := $(CACHE)/tools
export GOLANGCI_LINT_CACHE ?= $(CACHE)/lint

.PHONY: help
help: ## say what there is to make
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nPKG=./adapters/bunstore RUN=TestName narrow test, test-fast, race, cover and bench-go.\n'

##@ Run

.PHONY: run
run: build ## build and serve with everything embedded: database, broker, keys; data in ./data
	@./bin/writ serve

.PHONY: build
build: ## build ./bin/writ: static, without cgo
	@CGO_ENABLED=0 go build -trimpath -buildvcs=false $(TAGS) $(SMALL) \
		-ldflags "-s -w -funcalign=16 -X main.version=$(VERSION)" -o bin/writ ./cmd/writ

##@ Test

.PHONY: test
test: ## all tests with the race detector, on SQLite, a real PostgreSQL and a real NATS
	@race=$$(deploy/race.sh); deploy/test.sh go test $(TAGS) $$race -shuffle=on -timeout 15m $(if $(RUN),-run '$(RUN)') $(PKG)

# Tests of the whole program, in processes of its own, take their time: make test runs them.
WHOLE := /cmd/(bench|writ/(browser|crash|e2e))(/|$$)

.PHONY: test-fast
test-fast: ## the same tests without the race detector and without those that start the program; what did not change is not run again
	@deploy/test.sh go test $(TAGS) -timeout 10m $(if $(RUN),-run '$(RUN)') \
		$(if $(filter ./...,$(PKG)),$$(go list $(TAGS) ./... | grep -vE '$(WHOLE)'),$(PKG))

.PHONY: race
race: ## look for races and flaky tests: every test five times, shuffled (COUNT=5)
	@race=$$(deploy/race.sh); deploy/test.sh go test $(TAGS) $$race -shuffle=on -count=$(COUNT) -timeout 60m $(if $(RUN),-run '$(RUN)') $(PKG)
race: COUNT ?= 5

.PHONY: cover
cover: ## how much of each package the tests run; the page is .cache/cover.html
	@mkdir -p $(CACHE)
	@deploy/test.sh go test $(TAGS) -timeout 15m -coverpkg=./... -coverprofile=$(CACHE)/cover.out $(if $(RUN),-run '$(RUN)') $(PKG) >/dev/null
	@go tool cover -html=$(CACHE)/cover.out -o $(CACHE)/cover.html
	@awk 'NR > 1 { statements[$$1] = $$2; if ($$3 > 0) run[$$1] = 1 } \
		END { for (block in statements) { pkg = block; sub("/[^/]*$$", "", pkg); all[pkg] += statements[block]; \
			if (block in run) ran[pkg] += statements[block] } \
			for (pkg in all) printf "%6.1f%%  %s\n", 100 * ran[pkg] / all[pkg], pkg }' $(CACHE)/cover.out | sort -k2
	@go tool cover -func=$(CACHE)/cover.out | tail -1

.PHONY: screenshots
screenshots: ## take the pictures of every page in deploy/screenshots, in a real browser
	@rm -rf deploy/screenshots; mkdir -p deploy/screenshots
	@deploy/test.sh go test $(TAGS) -count=1 -run '^TestScreenshots$$' ./cmd/writ/browser -args -screenshots $(CURDIR)/deploy/screenshots

.PHONY: fuzz
fuzz: ## every fuzz test for FUZZTIME (20s) each
	@deploy/fuzz.sh $(FUZZTIME)
fuzz: FUZZTIME ?= 20s

.PHONY: requirements
requirements: ## which requirements have a test, a reason in DIVERGENCES.md, or neither
	@go run ./cmd/requirements

##@ Look

.PHONY: lint
lint: $(TOOLS)/golangci-lint ## vet and lint
	@$< run --allow-parallel-runners $(PKG)

.PHONY: fmt
fmt: $(TOOLS)/golangci-lint ## format every Go file
	@$< fmt ./...

.PHONY: verify
verify: $(TOOLS)/gofumpt ## formatted, generated and tidy as committed; modules are what go.sum says
	@unformatted=$$($< -modpath writ -l .); [ -z "$$unformatted" ] || { echo "not formatted; run make fmt:"; echo "$$unformatted"; exit 1; }
	@state() { git status --porcelain; git diff; }; before=$$(state); go generate ./...; \
		[ "$$before" = "$$(state)" ] || { echo "go generate changed files: commit them"; git diff --stat; exit 1; }
	@go mod verify
	@mkdir -p $(CACHE); go mod tidy -diff >$(CACHE)/tidy.diff || { echo "go.mod or go.sum is not tidy; go mod tidy would change:"; \
		grep -E '^[-+]' $(CACHE)/tidy.diff | head -20; exit 1; }

##@ Measure

.PHONY: bench
bench: build bench-program ## what every request costs, on both databases, beside this machine's floor (BENCH='-short' or other flags)
	@./bin/bench -writ bin/writ -version '$(VERSION)' -results $(CACHE)/bench $(BENCH)
bench: BENCH ?=

.PHONY: bench-compare
bench-compare: build bench-program ## this tree beside the revision BASE, in turn, in one run (BASE=main)
	@mkdir -p $(CACHE); dir=$$(mktemp -d $(CACHE)/base.XXXXXX); \
		trap 'git worktree remove --force "$$dir/tree" 2>/dev/null || true; rm -rf "$$dir"' EXIT; \
		git worktree add --quiet --detach "$$dir/tree" '$(BASE)'; \
		$(MAKE) -C "$$dir/tree" build; \
		./bin/bench -only compare -base "$$dir/tree/bin/writ" -writ bin/writ -version '$(VERSION)-against-$(BASE)' -results $(CACHE)/bench $(BENCH)
bench-compare: BASE ?= HEAD
bench-compare: BENCH ?=

.PHONY: bench-large
bench-large: build bench-program ## refresh in PostgreSQL with 100 k, 1 M and 10 M grants, for an hour at most (BENCH='-sizes 1000,2000')
	@./bin/bench -only large -writ bin/writ -version '$(VERSION)-large' -results $(CACHE)/bench $(BENCH)
bench-large: BENCH ?=

.PHONY: bench-program
bench-program:
	@ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || deploy/install.sh postgresql || true
	@CGO_ENABLED=0 go build -trimpath -buildvcs=false $(TAGS) -o bin/bench ./cmd/bench

.PHONY: bench-go
bench-go: ## run the Go benchmarks of PKG, COUNT (6) times; the numbers stay in .cache/bench
	@mkdir -p $(CACHE)/bench
	@deploy/test.sh go test $(TAGS) -run '^$$' -bench '$(or $(RUN),.)' -benchmem -count=$(COUNT) -timeout 60m $(PKG) \
		| grep -vE '^(ok|PASS|\?)|no test files' | tee $(CACHE)/bench/$(VERSION).txt
bench-go: COUNT ?= 6

.PHONY: bench-go-compare
bench-go-compare: $(TOOLS)/benchstat ## compare the last two `make bench-go`, or OLD=file NEW=file
	@$< $(or $(OLD) $(NEW),$(shell ls -tr $(CACHE)/bench/*.txt 2>/dev/null | tail -2))

##@ Deploy

.PHONY: image
image: ## build the container image writ:VERSION
	@docker build -f deploy/Dockerfile --build-arg VERSION=$(VERSION) -t writ:$(VERSION) -t writ:latest .

.PHONY: up
up: ## run Writ with PostgreSQL and NATS in containers
	@deploy/secrets.sh
	@VERSION=$(VERSION) docker compose -f deploy/compose.yaml up --build --detach --wait

.PHONY: down
down: ## stop the containers; their data stays
	@VERSION=$(VERSION) docker compose -f deploy/compose.yaml down

# --- tools ---

tool-golangci-lint := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
tool-gofumpt       := mvdan.cc/gofumpt
tool-benchstat     := golang.org/x/perf/cmd/benchstat

$(TOOLS)/%: deploy/tools/go.mod deploy/tools/go.sum
	@echo "building $* (once)"
	@mkdir -p $(TOOLS); GOBIN=$(TOOLS) go -C deploy/tools install $(tool-$*) 2>$(TOOLS)/$*.log || { cat $(TOOLS)/$*.log; exit 1; }
	@touch $@
