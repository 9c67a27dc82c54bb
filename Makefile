# make test is the whole judgement; every other target is a part of it or a tool.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
export CGO_ENABLED = 0
export GOFLAGS ?= -buildvcs=false

GOLANGCI    = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
TEMPL       = github.com/a-h/templ/cmd/templ@v0.3.977
SQLC        = github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1
PACKAGES    = postgresql chromium fonts-noto-cjk poppler-utils openssl
COUNT      ?= 1
TIMEOUT    ?= 20m

.PHONY: build test unit lint sbom packages generate bench chaos

build:
	go build -trimpath -ldflags '-s -w' -o tongban ./cmd/tongban

# Lint first: it is quick and says the plainest things. The tests come last, so that the log closes with their own lines.
test: packages lint unit

unit:
	.ci/with-postgres go test -count=$(COUNT) -timeout $(TIMEOUT) ./...

lint:
	@wrong=$$(git ls-files -z '*.go' | xargs -0 gofmt -l); [ -z "$$wrong" ] || { echo "not gofmt'ed:"; echo "$$wrong"; exit 1; }
	go run $(GOLANGCI) run ./...

# What the tests need of Debian: a PostgreSQL to run on, a browser and fonts for the screens, tools to read the PDFs with.
packages:
	@missing=; for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then echo "please install:$$missing" >&2; exit 0; fi; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get install -y -qq --no-install-recommends $$missing >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; }

# What the binary is made of, in CycloneDX, read from the binary itself.
sbom: build
	./tongban version --sbom > tongban.cdx.json

generate:
	go run $(TEMPL) generate
	go run $(SQLC) generate

# The product over its real forms beside a hand-written bound, and the table of goals. BENCH="-rounds 1 -engines sqlite" does less,
# BENCH=-write keeps the figures as docs/bench-baseline.json. The server is always one of its own.
bench:
	env -u TONGBAN_TEST_POSTGRES .ci/with-postgres go run ./test/load $(BENCH)

# The long form of test/chaos: everything that can be done to a county, every invariant after each; then the delivered binary killed, a
# million hostile requests over all routes, and a thousand tamperings with the log on each engine. A night. As root, because power cuts and
# full disks need mounts; what is skipped says so. FLAGS, KILLS, SIEGE and TAMPERINGS override the counts.
FLAGS ?= -cycles 1000 -points 400 -outages 60 -restarts 100 -swallows 200 -rounds 100 -rolls 25 -flood 5m -outsides 100 -away 20m -setbacks 25 -beside 30m
KILLS ?= 100
SIEGE ?= 1000000
TAMPERINGS ?= 1000
chaos: PACKAGES = postgresql strace e2fsprogs util-linux
chaos: packages
	.ci/with-postgres go test -count=1 -timeout 0 -v ./test/chaos -args $(FLAGS)
	.ci/with-postgres go test -count=1 -timeout 0 -v -run Killed ./test/load -args -kills $(KILLS)
	TONGBAN_TWICE=1 .ci/with-postgres go test -count=1 ./handling/... ./reach/... ./oversight/... ./base/client ./base/webhook
	.ci/with-postgres go test -count=1 -timeout 0 -v -run Tampering ./kernel/audit -args -tamperings $(TAMPERINGS)
	go test -count=1 -timeout 0 -v -run 'Siege|Separation|Apart|Alone' ./cmd/tongban -args -siege.requests $(SIEGE)
