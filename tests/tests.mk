# Test programs and the targets that run them. Included by the Makefile; $B is the build folder.
unit_src := $(wildcard tests/unit/test_*.c)
unit_bin := $(unit_src:tests/unit/%.c=$B/tests/%)
fuzz_src := $(wildcard tests/fuzz/fuzz_*.c)
tool_src := tests/template/run.c tests/template/differential/template_batch.c tests/engine/test_engine.c tests/engine/test_scanner.c tests/engine/engine_ask.c tests/engine/load_text.c \
  tests/bench/template_bench.c tests/lineage/edges.c tests/check/edit.c tests/serve/serve_texts.c
tool_bin := $(foreach s,$(tool_src),$B/tests/$(notdir $(basename $(s))))

# One link rule for all of them: a test program is one file, the headers it names, and the library.
test_deps = -MMD -MP -MF $@.d -MT $@
define test_program
$B/tests/$(notdir $(basename $(1))): $(1) $B/libstarc.a
	@mkdir -p $$(@D)
	$$(CC) $$(CPPFLAGS) $$(CFLAGS) $$(test_deps) $$(LDFLAGS) -o $$@ $(1) $B/libstarc.a $$(LDLIBS)
endef
$(foreach s,$(unit_src) $(tool_src),$(eval $(call test_program,$(s))))

# starc with a third database: its lists and its macros stand in for those of the library.
sqlite := tests/database/sqlite
$B/tests/sqlite_macros.c: $B/embed $(macro_files) $(wildcard $(sqlite)/macros/sqlite/*.sql)
	@mkdir -p $(@D)
	$B/embed $(filter %.sql,$^) > $@
$B/tests/starc-sqlite: $(wildcard $(sqlite)/*.c) $B/tests/sqlite_macros.c $B/runtime/cli/main.o $B/libstarc.a
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lsqlite3

test-programs: $B/starc $(unit_bin) $(tool_bin) $B/tests/starc-sqlite

# Everything, with the set-up it needs. SUITES="unit golden" picks some; STARC names another build.
test:
	@scripts/setup build chdb test
	@$(MAKE) --no-print-directory -j$$(nproc) test-programs
	@BUILD=$B tests/run $(SUITES)

golden: test-programs
	@BUILD=$B python3 tests/golden/run.py $(if $(UPDATE),--update) $(CASES)

# The reference pages, from the program's own tables.
reference_pages := cli template functions config profiles errors events
reference: $B/starc
	@mkdir -p docs/reference
	@for p in $(reference_pages); do $B/starc reference $$p > docs/reference/$$p.md || exit 1; done

# 1,200 faults; FAULTS="--cases snapshot --databases http" for some of them (tests/faults/run.py --help).
faults: test-programs
	@STARC_LIBCHDB=$${STARC_LIBCHDB:-$(CURDIR)/build/chdb/libchdb.so} BUILD=$B python3 tests/faults/run.py --full $(FAULTS)

# Includes go one way, and compiler/ uses no database client.
layers: $B/libstarc.a
	@python3 tests/support/layers.py $B

# How large, deep and commented the C code is; THEN=COMMIT adds a column for that one (docs/internals/measures.md).
measure:
	@command -v ctags >/dev/null || scripts/setup check
	@python3 tests/support/measure.py $(if $(THEN),--then $(THEN))
.PHONY: measure

# Functions and tables of the program that nothing in it uses.
dead:
	@$(MAKE) --no-print-directory -s -j$$(nproc) B=build/v-dead OPT='-O0 -ffunction-sections -fdata-sections' build/v-dead/starc
	@python3 tests/support/dead.py build/v-dead $(CC) $(LDLIBS)
.PHONY: dead

format:
	clang-format -i $$(git ls-files '*.c' '*.h')
format-check:
	@clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')
	@wide=$$(awk 'length($$0) > 120 {print FILENAME ":" FNR ": wider than 120 columns"}' tests/e2e/*.py); \
	  [ -z "$$wide" ] || { echo "$$wide"; exit 1; }

# make fuzz SECONDS=60: each reader in turn, over the corpus of earlier findings. Needs clang.
# RUNS=N: at most so many inputs a reader, those of SEED=N: the same inputs as long as the code is.
SECONDS ?= 60
RUNS ?=
SEED ?=
fuzz:
	@$(MAKE) --no-print-directory CC=clang SAN=address,undefined,fuzzer-no-link fuzz-run
fuzz_bin := $(fuzz_src:tests/fuzz/%.c=$B/tests/%)
$(fuzz_bin): $B/tests/%: tests/fuzz/%.c $B/libstarc.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(test_deps) -fsanitize=fuzzer -o $@ $< $B/libstarc.a $(LDLIBS)
-include $(unit_bin:=.d) $(tool_bin:=.d) $(fuzz_bin:=.d)
# At least one second: 0 would be for ever.
fuzz_each = $(shell expr \( $(SECONDS) + $(words $(fuzz_bin)) - 1 \) / $(words $(fuzz_bin)))
fuzz-run: $(fuzz_bin) $B/starc
	@ASAN_OPTIONS=detect_leaks=0 python3 tests/fuzz/seeds.py build/corpus $B/starc
	@for f in $(fuzz_bin); do n=$$(basename $$f); mkdir -p build/corpus/$$n; \
	  dict=tests/fuzz/$$n.dict; [ -f $$dict ] || dict=; \
	  echo "fuzz: $$n for $(fuzz_each) s"; \
	  $$f -max_total_time=$(fuzz_each) $(RUNS:%=-runs=%) $(SEED:%=-seed=%) -timeout=20 -rss_limit_mb=4096 -verbosity=0 $${dict:+-dict=$$dict} \
	    -artifact_prefix=build/corpus/ build/corpus/$$n $$(ls -d tests/fuzz/corpus/$$n 2>/dev/null) || exit 1; done

# With the set-up it needs: both databases, jinja2.
bench:
	@scripts/setup build chdb test
	@$(MAKE) --no-print-directory -s -j2 $B/starc $(tool_bin)
	@python3 tests/bench/bench.py $(BENCH)

.PHONY: test test-programs golden faults reference layers format format-check fuzz fuzz-run bench

# Real projects with dbt-core and with starc: COMPAT_PROJECTS=DIR of checkouts, COMPAT_DBT=the dbt to compare with.
compat: $B/starc
	@python3 tests/compat/corpus.py --starc $B/starc $(COMPAT)
# STARC_DBT_VERSION=1.12 in front makes each of these comparisons one with dbt 1.12.
# Those of them that need no checkout: dbt's starter project, generated ones.
compat-ci: $B/starc
	@python3 tests/compat/corpus.py --starc $B/starc --ci $(COMPAT)
.PHONY: compat compat-ci

# Run modes (state, defer, retry, clone ...) as dbt runs them: what dbt did is kept in tests/compat/modes.json. MODES="--dbt" asks it anew.
compat-modes: $B/starc
	@python3 tests/compat/modes.py --starc $B/starc $(MODES)
compat compat-ci: compat-modes
.PHONY: compat-modes

# dbt's own adapter test classes on Postgres, each command through starc; ADAPTER="-k contract" picks some.
compat-adapter: $B/starc
	@tests/compat/adapter_suite $(ADAPTER)
# dbt-clickhouse's integration tests. They are cloned from its repository; STARC_DBT_CLICKHOUSE=DIR names a checkout.
compat-adapter-clickhouse: $B/starc
	@tests/compat/adapter_suite --clickhouse $(ADAPTER)
compat: compat-adapter compat-adapter-clickhouse
.PHONY: compat-adapter compat-adapter-clickhouse

# starc as the parser of dbt-core 1.12, from PyPI: the same results as with dbt's own. PLUG="--models 100" makes it short.
compat-plug: $B/starc
	@python3 tests/compat/plug.py --starc $B/starc $(PLUG)
compat: compat-plug
.PHONY: compat-plug

# Programs that call dbt, with starc under that name.
compat-clients: $B/starc
	@python3 tests/compat/clients.py --starc $B/starc $(CLIENTS)
.PHONY: compat-clients

# What takes too long for .ci/run, with its last results in docs/evidence/. LONG="faults fuzz" picks some.
long: test-programs
	@scripts/setup build chdb test check
	@tests/long $(LONG)
.PHONY: long
