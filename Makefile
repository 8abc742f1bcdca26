# What people run. CI runs `make test` and nothing else (.ci/run).

CARGO ?= cargo
DENY_VERSION = 0.20.*

.PHONY: demo test bench lint tools

# 20,000 made-up enterprises against the whole library.
demo:
	$(CARGO) run --release --quiet -p zhida -- demo

# Everything that must hold. Each step builds for one profile only; nothing is built twice.
test: lint
	$(CARGO) nextest run --workspace
	$(CARGO) test --workspace --doc --quiet
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet

# Formatting, clippy with warnings denied, licences, bans and sources.
lint: tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings
	cargo deny --log-level error check licenses bans sources

# 100,000 made-up enterprises against the library; the last line holds the timings.
bench:
	$(CARGO) run --release --quiet -p zhida -- generate --count 100000 --seed 1 --year 2025 --as-of 2026-06-30 -o out/bench/snapshot
	$(CARGO) run --release --quiet -p zhida -- sweep --snapshot out/bench/snapshot --out out/bench/sweep --json | tail -n 1

# The two tools that are not part of the toolchain, installed where they are missing.
tools:
	@command -v cargo-nextest >/dev/null || cargo install cargo-nextest --locked
	@command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --version "$(DENY_VERSION)"
