# What people run. CI runs `make test` and nothing else (.ci/run).

CARGO ?= cargo
DENY_VERSION = 0.20.*

.PHONY: demo test nightly bench lint tools

# 20,000 made-up enterprises against the whole library.
demo:
	$(CARGO) run --release --quiet -p zhida -- demo

# Everything that must hold. Each step builds for one profile only; nothing is built twice.
test: lint
	$(CARGO) nextest run --workspace
	$(CARGO) test --workspace --doc --quiet
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet

# The long comparison of the columns with the reference interpreter: 10,000 generated measures and
# the whole library over 50,000 enterprises, others every night. ZHIDA_SEED=… repeats a night.
# Then two thousand simulated years of payouts; ZHIDA_SIM_SEED=… repeats the life that it names.
nightly:
	ZHIDA_SEED=$${ZHIDA_SEED:-$$(date +%Y%j)} ZHIDA_PROGRAMS=10000 ZHIDA_COLUMN_ENTERPRISES=50000 \
		$(CARGO) nextest run -p zhida-engine --test programs --test column
	ZHIDA_SIM_SEED=$${ZHIDA_SIM_SEED:-$$(date +%Y%j0000)} ZHIDA_SIM_STEPS=$${ZHIDA_SIM_STEPS:-5000000} \
		$(CARGO) nextest run -p zhida-tests --test simulator promises

# Formatting, clippy with warnings denied, licences, bans and sources.
lint: tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings
	cargo deny --log-level error check licenses bans sources

# The targets of DESIGN.md part 3 beside DuckDB, in one run, as ratios; and then the kernels one by one. About
# 8 GiB of memory, five minutes more on the first run; ZHIDA_BENCH_QUICK=1 takes a tenth of the enterprises.
bench:
	$(CARGO) bench -p zhida-engine --bench sweep
	$(CARGO) bench -p zhida-engine --bench kernels

# The two tools that are not part of the toolchain, installed where they are missing.
tools:
	@command -v cargo-nextest >/dev/null || cargo install cargo-nextest --locked
	@command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --version "$(DENY_VERSION)"
