# starc: make, make demo, make test. One build/ folder per variant (SAN=address,undefined, CC=clang).
.DEFAULT_GOAL := all
CC ?= gcc
SAN ?=
PREFIX ?= /usr/local
comma := ,
variant := $(if $(filter-out gcc cc,$(notdir $(CC))),-$(notdir $(CC)))$(if $(SAN),-$(subst $(comma),-,$(SAN)))
B := build$(if $(variant),/v$(variant))

# STATIC=DIR: all libraries are linked in, from DIR/lib and DIR/include (packaging/libs makes them).
STATIC ?=
PKGS := yaml-0.1 libpcre2-8 libcrypto libutf8proc jansson zlib gmp
# Of these only the headers: they are loaded when a target first needs them (runtime/engine/library.h).
LOADED := libpq libcurl libmicrohttpd liblz4
CPPFLAGS += -D_GNU_SOURCE -I. $(if $(STATIC),-DSTARC_STATIC -DUTF8PROC_STATIC -DPCRE2_STATIC -DCURL_STATICLIB -DLIBARCHIVE_STATIC -I$(STATIC)/include,$(shell pkg-config --cflags $(PKGS) $(LOADED) 2>/dev/null))
# An argument of another kind is an error in every build: test programs have no header that would tell.
wrong := int-conversion incompatible-pointer-types implicit-function-declaration address
WARN := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wvla -Wformat=2 $(wrong:%=-Werror=%) $(if $(WERROR),-Werror)
OPT ?= $(if $(SAN),-O1,-O2)
CFLAGS += -std=c17 -g $(OPT) $(WARN) -pthread $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
LDFLAGS += -pthread $(if $(SAN),-fsanitize=$(SAN))
# Three digests of libcrypto, from its archive where there is one: compiler/base/hash.c says why.
libcrypto := $(or $(wildcard $(shell pkg-config --variable=libdir libcrypto 2>/dev/null)/libcrypto.a),-lcrypto)
linked := curl pq ssl crypto archive microhttpd lz4 yaml pcre2-8 utf8proc jansson z gmp
LDLIBS += $(if $(STATIC),$(linked:%=$(STATIC)/lib/lib%.a) -lm -ldl,$(subst -lcrypto,$(libcrypto),$(shell pkg-config --libs $(PKGS) 2>/dev/null)) -lm -ldl)

compiler_src := $(wildcard compiler/*/*.c compiler/*/*/*.c)
runtime_src := $(wildcard runtime/*/*.c)
macro_files := $(sort $(shell find compiler/macros -name '*.sql' 2>/dev/null))
compiler_obj := $(compiler_src:%.c=$B/%.o) $B/compiler/macros/embedded.o
example_files := $(sort $(shell find $(addprefix examples/,chinook incremental snapshot unit-tests load) -type f -not -path '*/target/*' -not -path '*/logs/*' -not -path '*/.starc/*'))
runtime_obj := $(runtime_src:%.c=$B/%.o) $B/runtime/docs/site_html.o $B/runtime/task/example_files.o $B/runtime/cli/manual_pages.o

# Until there is a main, the library.
all: $(if $(wildcard runtime/cli/main.c),$B/starc,$B/libstarc.a)

$B/starc: $B/libstarc.a $B/runtime/cli/main.o
	$(CC) $(LDFLAGS) -o $@ $B/runtime/cli/main.o $B/libstarc.a $(LDLIBS)

# All but main, for the program, the unit tests and the fuzzers.
$B/libstarc.a: $(compiler_obj) $(filter-out %/cli/main.o,$(runtime_obj))
	@rm -f $@
	$(AR) rcs $@ $^

$B/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$B/%.o: $B/%.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# The built-in macros become part of the program, byte for byte.
embed_obj := $(patsubst %.c,$B/%.o,$(filter compiler/base/% compiler/value/% compiler/template/%,$(compiler_src)))
# EMBED: one that runs on this machine, where $(CC) compiles for another.
EMBED ?= $B/embed
$B/embed: scripts/embed.c $(embed_obj)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$B/compiler/macros/embedded.c: $(EMBED) $(macro_files)
	@mkdir -p $(@D)
	$(EMBED) $(macro_files) > $@

# So does the shell of the documentation page, which a source archive has as site.html beside its sources.
site_dir := runtime/docs/site
site_html := $(or $(wildcard $(site_dir)/site.html),build/site/site.html)
build/site/site.html: $(wildcard $(site_dir)/src/* $(site_dir)/src/*/*) $(site_dir)/build.mjs $(site_dir)/package-lock.json
	@scripts/site build $@
$B/runtime/docs/site_html.c: $(EMBED) $(site_html)
	@mkdir -p $(@D)
	$(EMBED) --text site_html $(site_html) > $@

# The page's shell alone. make site-check: its types; make site-test: its parts that need no browser.
site: $(site_html)
site-check:
	@scripts/site check
site-test:
	@scripts/site test
.PHONY: site site-check site-test

# And the projects of `starc init --example`.
$B/runtime/task/example_files.c: $(EMBED) $(example_files)
	@mkdir -p $(@D)
	$(EMBED) --examples $(example_files) > $@

# And the guides, for `starc help topic NAME`.
manual_files := $(sort $(filter-out docs/design.md,$(wildcard docs/*.md docs/start/*.md docs/start/tutorial/*.md docs/guides/*.md docs/from-dbt/*.md)))
$B/runtime/cli/manual_pages.c: $(EMBED) $(manual_files)
	@mkdir -p $(@D)
	$(EMBED) --pages $(manual_files) > $@

-include $(compiler_obj:.o=.d) $(runtime_obj:.o=.d)
-include tests/tests.mk

# What the README promises: sets up, compiles, builds the bundled project, prints its answers.
demo:
	@scripts/setup build chdb
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@scripts/demo

# docs/pipeline.md as a story: a Postgres, load, build, serve, and a BI tool's driver that asks. Where no Java can be had, curl asks.
demo-pipeline:
	@scripts/setup build chdb test
	@scripts/setup jdbc || echo "There is no Java here, and none can be installed: curl will ask."
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@scripts/demo-pipeline
.PHONY: demo-pipeline

chdb:
	@scripts/setup chdb

# A release: dist/starc-VERSION-SYSTEM-ARCH.tar.gz, its SBOM and SHA256SUMS. TARGETS="aarch64-linux-musl": others.
dist:
	@scripts/setup build dist
	@packaging/dist $(TARGETS)
	@scripts/setup deb && packaging/packages

# The Debian package alone: dist/starc_VERSION_ARCH.deb.
deb:
	@scripts/setup build deb
	@packaging/deb
.PHONY: deb

# What make dist has made, tried: the programs for arm64 under qemu-user. SHORT=1: without the suites.
check-dist:
	@scripts/setup build chdb test dist qemu
	@tests/release/run.py $(if $(SHORT),--short) $(or $(TARGETS),$(shell sed -n 's/^targets=(\(.*\))/\1/p' packaging/dist))

# All of the C compiles for macOS.
check-macos:
	@scripts/setup build dist
	@packaging/compiles aarch64-macos

# An image for docker and podman, without a daemon: dist/starc-VERSION-image-ARCH.tar. ENGINE=build/chdb/libchdb.so: with the embedded engine.
image:
	@scripts/setup build test
	@tests/support/chroot setup
	@ls dist/starc-*-linux-$$(uname -m).tar.gz >/dev/null 2>&1 || $(MAKE) --no-print-directory dist
	@packaging/container/image $(if $(ENGINE),--engine $(ENGINE)) $(if $(PACKAGES),--packages "$(PACKAGES)")

share := $(DESTDIR)$(PREFIX)/share
install: $B/starc
	install -d $(DESTDIR)$(PREFIX)/bin $(share)/man/man1 $(share)/bash-completion/completions \
	  $(share)/zsh/site-functions $(share)/fish/vendor_completions.d
	install -m 755 $B/starc $(DESTDIR)$(PREFIX)/bin/starc
	$B/starc man > $(share)/man/man1/starc.1
	$B/starc completion bash > $(share)/bash-completion/completions/starc
	$B/starc completion zsh > $(share)/zsh/site-functions/_starc
	$B/starc completion fish > $(share)/fish/vendor_completions.d/starc.fish
	if [ -f build/chdb/libchdb.so ]; then install -d $(DESTDIR)$(PREFIX)/lib/starc && install -m 644 build/chdb/libchdb.so $(DESTDIR)$(PREFIX)/lib/starc; fi

clean:
	rm -rf build/compiler build/runtime build/tests build/v-* build/starc build/libstarc.a build/embed

.PHONY: all demo chdb dist check-dist check-macos install clean

# The manual as a site, build/manual/index.html, readable without a network.
manual:
	@scripts/setup manual
	@packaging/manual/build.py
.PHONY: manual
