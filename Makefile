# What people run. CI runs `make test` and nothing else (.ci/run).

CARGO ?= cargo
DENY_VERSION = 0.20.*
AXE_VERSION = 4.11.0
SCHEMATHESIS_VERSION = 4.32.5
OIDC_PROVIDER_VERSION = 9.13.3

.PHONY: demo test nightly bench lint tools pictures

# 20,000 made-up enterprises against the whole library, a month of payouts, and then all pages of it.
demo:
	$(CARGO) run --release --quiet -p zhida -- demo --serve

# Everything that must hold. Each step builds for one profile only; nothing is built twice.
test: lint
	$(CARGO) nextest run --workspace --no-fail-fast
	$(CARGO) test --workspace --doc --quiet
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet

# The long comparison of the columns with the reference interpreter: 10,000 generated measures and
# the whole library over 50,000 enterprises, others every night. ZHIDA_SEED=… repeats a night. Then the laws
# of awards on 20,000 settlements each, instead of 600; what fails is kept in engine/proptest-regressions.
# Ten thousand single changes of a data folder, and as many of an archive for auditors, all to be found.
# And two thousand simulated years of payouts; ZHIDA_SIM_SEED=… repeats the life that it names.
nightly:
	ZHIDA_SEED=$${ZHIDA_SEED:-$$(date +%Y%j)} ZHIDA_PROGRAMS=10000 ZHIDA_COLUMN_ENTERPRISES=50000 \
		$(CARGO) nextest run -p zhida-engine --test programs --test column
	ZHIDA_SEED=$${ZHIDA_SEED:-$$(date +%Y%j)} ZHIDA_KILLS=1000 \
		$(CARGO) nextest run -p zhida --test kills
	ZHIDA_SEED=$${ZHIDA_SEED:-$$(date +%Y%j)} ZHIDA_CHANGES=10000 \
		$(CARGO) nextest run -p zhida --lib p8_every
	ZHIDA_SCHEMATHESIS=1 $(CARGO) nextest run -p zhida --lib schemathesis_finds_nothing
	PROPTEST_CASES=20000 $(CARGO) nextest run -p zhida-engine --lib awards::tests::laws awards::tests::parts
	ZHIDA_SIM_SEED=$${ZHIDA_SIM_SEED:-$$(date +%Y%j0000)} ZHIDA_SIM_STEPS=$${ZHIDA_SIM_STEPS:-5000000} \
		$(CARGO) nextest run -p zhida-tests --test simulator promises

# The pictures of docs/pictures, taken anew by the tests that look at all pages: a made-up city, and a month by
# a dozen people. About three minutes.
pictures: tools
	ZHIDA_PICTURES="$(CURDIR)/docs/pictures" $(CARGO) nextest run -p zhida --test pages \
		-E 'test(every_page) + test(sqlite_on_a_desk) + test(documented)'

# Formatting, clippy with warnings denied, licences, bans and sources.
lint: tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings
	cargo deny --log-level error check licenses bans sources

# The targets of DESIGN.md part 3 beside DuckDB, in one run, as ratios; then the kernels one by one, payouts, and the
# server under load and attack. About 8 GiB of memory, five minutes more on the first run; ZHIDA_BENCH_QUICK=1 takes
# a tenth of the enterprises.
bench:
	$(CARGO) bench -p zhida-engine --bench sweep
	$(CARGO) bench -p zhida-engine --bench kernels
	$(CARGO) bench -p zhida --bench payouts
	$(CARGO) bench -p zhida --bench serving

# What is not part of the toolchain, installed where it is missing: a throw-away PostgreSQL for the
# tests of the store (the server that Debian would start is not wanted), and xmllint, which judges the
# payment messages; without root its test is skipped, which is a failure in CI.
tools:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
		{ apt-get update -qq && mkdir -p /etc/postgresql-common && \
		echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		-o Dpkg::Options::=--force-confold postgresql; }
	@command -v cargo-nextest >/dev/null || cargo install cargo-nextest --locked
	@command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --version "$(DENY_VERSION)"
	@command -v xmllint >/dev/null || { [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; } || \
		apt-get install -y -q libxml2-utils || { apt-get update -q && apt-get install -y -q libxml2-utils; }
	@command -v chromedriver >/dev/null && command -v chromium >/dev/null || { [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; } || \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		chromium chromium-driver fonts-noto-cjk; }
	@axe="$${XDG_CACHE_HOME:-$$HOME/.cache}/zhida/axe.min.js"; [ -f "$$axe" ] || ! command -v npm >/dev/null || \
		{ folder="$$(mktemp -d)" && (cd "$$folder" && npm pack --silent "axe-core@$(AXE_VERSION)" && tar xzf axe-core-*.tgz) && \
		mkdir -p "$$(dirname "$$axe")" && mv "$$folder/package/axe.min.js" "$$axe" && rm -r "$$folder"; }
	@tools="$${XDG_CACHE_HOME:-$$HOME/.cache}/zhida/schemathesis-$(SCHEMATHESIS_VERSION)"; [ -x "$$tools/bin/st" ] || \
		! command -v python3 >/dev/null || { { python3 -m venv "$$tools" 2>/dev/null || { [ "$$(id -u)" = 0 ] && \
		apt-get install -y -qq --no-install-recommends python3-venv && python3 -m venv --clear "$$tools"; }; } && \
		"$$tools/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$(SCHEMATHESIS_VERSION)"; } || \
		{ [ "$$CI" != true ] && echo "without schemathesis: its test is skipped"; }
	@tools="$${XDG_CACHE_HOME:-$$HOME/.cache}/zhida/oidc-provider-$(OIDC_PROVIDER_VERSION)"; [ -d "$$tools/node_modules" ] || \
		! command -v npm >/dev/null || { mkdir -p "$$tools.new" && npm install --silent --prefix "$$tools.new" \
		--ignore-scripts --omit=dev --no-audit --no-fund "oidc-provider@$(OIDC_PROVIDER_VERSION)" && mv "$$tools.new" "$$tools"; }
