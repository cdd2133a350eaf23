# make test      everything that CI runs; installs what it needs where it may
# make build     dist/lazaret, static
# make native    dist/lazaret-native, which inspects with ISA-L and Hyperscan (libisal-dev, libhyperscan-dev)
# make rootfs    dist/rootfs, what the image of the Dockerfile holds
# make eval      recall on generated images by category, false alarms on real software
# make bench-inspect  inspection beside sha256, gunzip and a tar walk
# make bench     Lazaret beside distribution's own pull-through cache
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := build
DIST := dist
TRIMPATH := -trimpath

# All is pure Go; only the race detector wants cgo.
export CGO_ENABLED := 0

.PHONY: build native rootfs test test-native tools lint manifests race bombs fuzz e2e eval detection bench bench-inspect config-docs
build:
	go build $(TRIMPATH) -buildvcs=auto -ldflags '-s -w' -o $(DIST)/lazaret ./cmd/lazaret

# The same reports, from libraries in C where they are faster. Names of hosts and users are
# looked up by Go, since C would want files that an image has not.
native:
	CGO_ENABLED=1 go build $(TRIMPATH) -buildvcs=auto -tags native,netgo,osusergo -ldflags '-s -w' -o $(DIST)/lazaret-native ./cmd/lazaret

# The native program and the libraries that it is linked to, each at its path; the pure one on
# processors for which there is no Hyperscan.
rootfs:
	rm -rf $(DIST)/rootfs
	mkdir -p $(DIST)/rootfs/usr/local/bin
	if [ -f /usr/include/hs/hs.h ]; then \
		$(MAKE) native; \
		cp $(DIST)/lazaret-native $(DIST)/rootfs/usr/local/bin/lazaret; \
		ldd $(DIST)/lazaret-native | grep -o '/[^ ]*' | xargs -I{} cp -L --parents {} $(DIST)/rootfs; \
	else \
		$(MAKE) build; \
		cp $(DIST)/lazaret $(DIST)/rootfs/usr/local/bin/lazaret; \
	fi

# One after the other, the cheap ones first: they share two processors.
test:
	$(MAKE) tools
	$(MAKE) lint
	$(MAKE) manifests
	$(MAKE) fuzz
	$(MAKE) race
	$(MAKE) test-native
	$(MAKE) bombs
	$(MAKE) e2e
	$(MAKE) eval

tools:
	.ci/install
	.ci/engines

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	go vet ./...

# What lazaret enrol has a cluster apply, by Kubernetes' own types, in a module of its own; anew each
# time, since what is read lies outside of it.
manifests:
	cd internal/enrol/kubernetes && go vet ./... && go test -count=1 ./...

# The unit tests, once, under the race detector. The end-to-end tests are left to e2e:
# what they test is another process.
race:
	CGO_ENABLED=1 go test -race -timeout 15m $$(go list ./... | grep -v '/lazaret/e2e')

# The tests of the engine in the build that has C in it, and both engines beside each other.
test-native:
	CGO_ENABLED=1 go vet -tags native ./inspect/... ./internal/inspectbench ./internal/isal ./internal/hyperscan ./internal/textscan
	CGO_ENABLED=1 go test -tags native -skip '^TestBombProcess$$' ./inspect ./internal/textscan

# What grows when it is read, against the bounds of time and memory, in both builds.
bombs:
	go test -run '^TestBombProcess$$' ./inspect
	CGO_ENABLED=1 go test -tags native -run '^TestBombProcess$$' ./inspect

fuzz:
	.ci/fuzz

e2e:
	.ci/e2e

# Downloads Debian and npm packages into dist/corpus, once. Folders in EVAL_TREES are read too, and the
# modules that this one is built of.
EVAL_TREES = $(shell go env GOROOT)
eval:
	mkdir -p $(DIST)
	go run ./internal/eval -cache $(DIST)/corpus -trees "$(EVAL_TREES)" -modules -markdown $(DIST)/detection.md

# docs/detection.md is what the last evaluation said when somebody looked.
detection: eval
	cp $(DIST)/detection.md docs/detection.md

bench:
	go run ./internal/bench

# Inspection beside the bare pipeline, on one core, over layers of real software; in both builds.
bench-inspect:
	mkdir -p $(DIST)
	go run ./internal/inspectbench -cache $(DIST)/corpus
	CGO_ENABLED=1 go run -tags native ./internal/inspectbench -cache $(DIST)/corpus

# Into a file beside it first, so that a failure leaves the reference as it was.
config-docs:
	go run ./cmd/lazaret config --markdown > docs/configuration.md.new
	mv docs/configuration.md.new docs/configuration.md
