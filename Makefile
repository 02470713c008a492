# SPDX-License-Identifier: GPL-2.0-or-later
# vtap: small Unix filters for mirrored network traffic.
# A new directory tools/NAME is a new tool, a new common/*/*.c joins the library, a new
# tests/unit/*/*.c is a new unit test: none needs an edit here.

PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
LIBDIR  ?= $(PREFIX)/lib
# Where Wireshark looks for programs that are interfaces, below its own prefix: tshark -G folders names the folder.
EXTCAPDIR  ?= $(if $(filter 0,$(shell pkg-config --atleast-version=4.6 wireshark 2>/dev/null; echo $$?)),$(PREFIX)/libexec,$(LIBDIR))/wireshark/extcap
PROFILEDIR ?= $(PREFIX)/share/wireshark/profiles
LIBEXECDIR  ?= $(PREFIX)/libexec
UNITDIR     ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
BUILD   ?= build
CC      ?= cc
CFLAGS  ?= -O2 -g
VERSION := $(shell cat VERSION)

V ?= 0
ifeq ($(V),0)
Q := @
say = @printf '  %-5s %s\n' $(1) $(2)
endif

tools   := $(patsubst tools/%/main.c,%,$(wildcard tools/*/main.c))
common  := $(wildcard common/*/*.c)
extcap  := $(wildcard wireshark/extcap/*.c)
units   := $(wildcard tests/unit/*/*.c)
objects := $(common:%.c=$(BUILD)/%.o)
toolobj := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tools/*/*.c))
unitexe := $(units:%.c=$(BUILD)/%)
fuzzers := $(filter-out replay every seed,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
fuzzexe := $(fuzzers:%=$(BUILD)/tests/fuzz/%)
library := $(BUILD)/libvtap.a
staged  := $(BUILD)/libstages.a
tshark_programs := $(BUILD)/tests/tshark/tshark $(BUILD)/tests/tshark/server.so
bench_programs := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/bound_*.c) \
                  tests/bench/generate.c tests/bench/timed.c)

warnings := -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
            -Wcast-qual
# Not linked but loaded when a file or an interface needs them: common/host/dynload.h.
soname = $(or $(shell objdump -p "$$($(CC) -print-file-name=lib$(1).so)" 2>/dev/null | awk '$$1 == "SONAME" { print $$2 }'), \
         $(error lib$(1).so is missing: tests/deps build))
wiretap_cflags = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags wireshark 2>/dev/null)) \
                 -DWIRETAP_SONAME='"$(call soname,wiretap)"'
libraries := -Wl,--as-needed -lmd -lmnl -lcap-ng -lseccomp -ldl

# Against what hostile bytes might reach. What a user's flags say of the same comes later and wins.
# _FORTIFY_SOURCE wants an optimiser, and sanitizers look closer themselves.
optimised = $(filter-out -O0,$(filter -O%,$(CFLAGS)))
fortify := $(shell echo '\#include <features.h>' | $(CC) -O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -E - >/dev/null 2>&1 && echo 3 || echo 2)
ifneq ($(optimised),)
ifeq ($(SANITIZE)$(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),)
fortified := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(fortify)
endif
endif
hardened := $(fortified) -fstack-protector-strong -fPIE
linked   := -fstack-protector-strong -pie -Wl,-z,relro,-z,now,-z,noexecstack

override CPPFLAGS += -D_GNU_SOURCE -DVTAP_VERSION='"$(VERSION)"' -Icommon
flags = -std=c11 $(warnings) $(WERROR) $(hardened) $(CPPFLAGS) $(SANITIZE) -fno-strict-aliasing $(CFLAGS) -MMD -MP

.PHONY: all completions install uninstall deb check check-corpus check-package asan asan-clang coverage fuzz run-fuzz lint demo docs screenshot bench bench-json bench-instructions bench-live run-bench run-bench-instructions clean help deps
.DELETE_ON_ERROR:
.SECONDARY:
.SECONDARY: # objects of unit tests stay for the next run

all: $(tools:%=$(BUILD)/%) $(BUILD)/vtap-extcap $(BUILD)/vtap-setup $(BUILD)/vtap-plot completions   ## build the tools into build/

$(library): $(objects)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(patsubst %.c,$(BUILD)/%.o,$(wildcard common/capture/wiretap*.c)): private CPPFLAGS += $(wiretap_cflags)

$(BUILD)/common/capture/compression_gzip.o: private CPPFLAGS += -DZLIB_SONAME='"$(call soname,z)"'
$(BUILD)/common/capture/compression_zstd.o: private CPPFLAGS += -DZSTD_SONAME='"$(call soname,zstd)"'
$(BUILD)/common/capture/compression_lz4.o: private CPPFLAGS += -DLZ4_SONAME='"$(call soname,lz4)"'
$(BUILD)/common/host/sha256.o: private CPPFLAGS += -DLIBCRYPTO_SONAME='"$(call soname,crypto)"'
$(BUILD)/common/host/libpcap.o: private CPPFLAGS += -DLIBPCAP_SONAME='"$(call soname,pcap)"'

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(flags) -c -o $@ $<

define tool
$(BUILD)/$(1): $(patsubst %.c,$(BUILD)/%.o,$(wildcard tools/$(1)/*.c)) $(library)
	$$(call say,LD,$$@)
	$(Q)$(CC) $(linked) $(SANITIZE) $(CFLAGS) $(LDFLAGS) -o $$@ $$^ $(libraries) $(LDLIBS)
endef
$(foreach t,$(tools),$(eval $(call tool,$(t))))

# vtap-setup is one shell script, made of those in setup/; main.sh comes last.
$(BUILD)/vtap-setup: $(filter-out %/main.sh,$(sort $(wildcard setup/*.sh))) setup/main.sh VERSION
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q){ echo '#!/bin/sh'; sed 's/@VERSION@/$(VERSION)/' $(filter %.sh,$^); } >$@.tmp && chmod 755 $@.tmp && mv $@.tmp $@

# vtap-plot is one shell script, too, with its awk inside.
$(BUILD)/vtap-plot: plot/vtap-plot.sh plot/series.awk VERSION
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q){ echo '#!/bin/sh'; sed -e 's/@VERSION@/$(VERSION)/' -e '/@SERIES@/{r plot/series.awk' -e 'd;}' $<; } >$@.tmp && chmod 755 $@.tmp && mv $@.tmp $@

# Wireshark's interface is no tool for a command line: it has neither -r nor -w, and no place in PATH.
$(BUILD)/vtap-extcap: $(patsubst %.c,$(BUILD)/%.o,$(extcap)) $(library)
	$(call say,LD,$@)
	$(Q)$(CC) $(linked) $(SANITIZE) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(libraries) $(LDLIBS)
$(BUILD)/wireshark/extcap/programs.o: private CPPFLAGS += -DVTAP_BINDIR='"$(BINDIR)"'
$(BUILD)/wireshark/extcap/programs.o: $(BUILD)/bindir
$(BUILD)/bindir: FORCE
	@mkdir -p $(@D)
	@echo '$(BINDIR)' | cmp -s - $@ || echo '$(BINDIR)' > $@

# A unit test may use the stage of a tool: every tool's files but main.c stand in an archive, of which each program
# takes what it calls. Linked as objects they were in all of them, and most of what building the tests cost.
$(staged): $(filter-out %/main.o,$(toolobj))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(staged) $(library)
	$(call say,LD,$@)
	$(Q)$(CC) $(linked) $(SANITIZE) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(libraries) -lpcap $(LDLIBS)
$(BUILD)/tests/unit/%.o: private CPPFLAGS += -I. -Itests

# A harness is called by replay.c with kept inputs, or by a fuzzer: FUZZ_ENGINE=-fsanitize=fuzzer.
$(fuzzexe): $(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(if $(FUZZ_ENGINE),,$(BUILD)/tests/fuzz/replay.o $(BUILD)/tests/fuzz/every.o) $(staged) $(library)
	$(call say,LD,$@)
	$(Q)$(CC) $(linked) $(SANITIZE) $(FUZZ_ENGINE) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(libraries) $(LDLIBS)
$(BUILD)/tests/fuzz/seed: $(BUILD)/tests/fuzz/seed.o $(library)
	$(call say,LD,$@)
	$(Q)$(CC) $(linked) $(SANITIZE) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(libraries) $(LDLIBS)
$(BUILD)/tests/fuzz/%.o: private CPPFLAGS += -I. -Itests

# Rebuild everything when the compiler or its flags change.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(subst ','\'',$(flags))' | cmp -s - $@ || echo '$(CC) $(subst ','\'',$(flags))' > $@
.PHONY: FORCE
FORCE:

# What vtap-setup hands on is completed as vtap-tap and vtap-decap have it.
$(BUILD)/completions/bash/vtap-setup $(BUILD)/completions/zsh/_vtap-setup $(BUILD)/completions/fish/vtap-setup.fish: $(BUILD)/vtap-tap $(BUILD)/vtap-decap

# Keys of vtap-stat are those of vtap-split.
$(BUILD)/completions/bash/vtap-stat $(BUILD)/completions/zsh/_vtap-stat $(BUILD)/completions/fish/vtap-stat.fish: $(BUILD)/vtap-split

# What shells complete, from each tool's --help: bash/TOOL, zsh/_TOOL, fish/TOOL.fish.
completed  := $(tools) vtap-setup vtap-plot
bash_files := $(completed:%=$(BUILD)/completions/bash/%)
zsh_files  := $(completed:%=$(BUILD)/completions/zsh/_%)
fish_files := $(completed:%=$(BUILD)/completions/fish/%.fish)

# Units and the script behind them name the folders that they are installed to.
services := $(patsubst units/%.in,$(BUILD)/units/%,$(wildcard units/*.in))

$(BUILD)/units/%: units/%.in $(BUILD)/folders
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)sed 's|@BINDIR@|$(BINDIR)|g; s|@LIBEXECDIR@|$(LIBEXECDIR)|g' $< > $@
$(BUILD)/folders: FORCE
	@mkdir -p $(@D)
	@echo '$(BINDIR) $(LIBEXECDIR)' | cmp -s - $@ || echo '$(BINDIR) $(LIBEXECDIR)' > $@

completions: $(bash_files) $(zsh_files) $(fish_files)   ## completions of bash, zsh and fish, below build/completions

define completion
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)completions/generate $(1) $< > $@
endef
$(BUILD)/completions/bash/%: $(BUILD)/% completions/generate completions/bash.sh
	$(call completion,bash)
$(BUILD)/completions/zsh/_%: $(BUILD)/% completions/generate completions/zsh.sh
	$(call completion,zsh)
$(BUILD)/completions/fish/%.fish: $(BUILD)/% completions/generate completions/fish.sh
	$(call completion,fish)

install: all $(services)   ## install tools and man pages (DESTDIR, PREFIX; SETCAP=1: group vtap runs vtap-tap without root)
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(MANDIR)/man8
	install -m 755 $(tools:%=$(BUILD)/%) $(BUILD)/vtap-setup $(BUILD)/vtap-plot $(DESTDIR)$(BINDIR)
ifeq ($(SETCAP),1)
	getent group vtap >/dev/null || groupadd --system vtap
	chgrp vtap $(DESTDIR)$(BINDIR)/vtap-tap
	chmod 750 $(DESTDIR)$(BINDIR)/vtap-tap
	setcap cap_net_raw+ep $(DESTDIR)$(BINDIR)/vtap-tap
endif
	install -m 644 $(wildcard man/*.1) $(DESTDIR)$(MANDIR)/man1
	install -m 644 $(wildcard man/*.7) $(DESTDIR)$(MANDIR)/man7
	install -m 644 $(wildcard man/*.8) $(DESTDIR)$(MANDIR)/man8
	install -d $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR)
	install -m 644 $(bash_files) $(DESTDIR)$(BASHDIR)
	install -m 644 $(zsh_files) $(DESTDIR)$(ZSHDIR)
	install -m 644 $(fish_files) $(DESTDIR)$(FISHDIR)
	install -d $(DESTDIR)$(EXTCAPDIR) $(DESTDIR)$(PROFILEDIR)/vtap
	install -m 755 $(BUILD)/vtap-extcap $(DESTDIR)$(EXTCAPDIR)/vtap
	install -m 644 $(wildcard wireshark/profile/*) $(DESTDIR)$(PROFILEDIR)/vtap
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR) $(DESTDIR)$(TMPFILESDIR) $(DESTDIR)$(LIBEXECDIR)/vtap
	install -m 644 $(filter %.service,$(services)) units/vtap.target $(DESTDIR)$(UNITDIR)
	install -m 644 units/vtap.sysusers $(DESTDIR)$(SYSUSERSDIR)/vtap.conf
	install -m 644 units/vtap.tmpfiles $(DESTDIR)$(TMPFILESDIR)/vtap.conf
	install -m 755 $(BUILD)/units/sink $(DESTDIR)$(LIBEXECDIR)/vtap

uninstall:   ## remove what install put there
	rm -f $(tools:%=$(DESTDIR)$(BINDIR)/%) $(DESTDIR)$(BINDIR)/vtap-setup $(DESTDIR)$(BINDIR)/vtap-plot
	rm -f $(patsubst man/%,$(DESTDIR)$(MANDIR)/man1/%,$(wildcard man/*.1))
	rm -f $(patsubst man/%,$(DESTDIR)$(MANDIR)/man7/%,$(wildcard man/*.7)) $(patsubst man/%,$(DESTDIR)$(MANDIR)/man8/%,$(wildcard man/*.8))
	rm -f $(completed:%=$(DESTDIR)$(BASHDIR)/%) $(completed:%=$(DESTDIR)$(ZSHDIR)/_%) $(completed:%=$(DESTDIR)$(FISHDIR)/%.fish)
	rm -f $(DESTDIR)$(EXTCAPDIR)/vtap $(patsubst wireshark/profile/%,$(DESTDIR)$(PROFILEDIR)/vtap/%,$(wildcard wireshark/profile/*))
	if [ -d $(DESTDIR)$(PROFILEDIR)/vtap ]; then rmdir $(DESTDIR)$(PROFILEDIR)/vtap; fi
	rm -f $(patsubst $(BUILD)/units/%,$(DESTDIR)$(UNITDIR)/%,$(filter %.service,$(services))) $(DESTDIR)$(UNITDIR)/vtap.target
	rm -f $(DESTDIR)$(SYSUSERSDIR)/vtap.conf $(DESTDIR)$(TMPFILESDIR)/vtap.conf $(DESTDIR)$(LIBEXECDIR)/vtap/sink
	rmdir $(DESTDIR)$(LIBEXECDIR)/vtap 2>/dev/null || true

# In a copy of the tree, without tests.
deb: ## packages for Debian, in build/deb/
	@tests/deps deb
	$(Q)BUILD='$(BUILD)' debian/pack

# Booted containers, from roots that are kept in build/roots: no part of make check. TESTS=FILES runs some.
check-package: ## the packages in booted containers: installed, run, upgraded, removed
	@tests/deps package
	$(Q)$(MAKE) --no-print-directory $(jobs) all
	$(Q)$(MAKE) --no-print-directory deb
	$(Q)BUILD='$(abspath $(BUILD))' prove $(PROVEFLAGS) $(if $(findstring command,$(origin TESTS)),$(TESTS),$(sort $(wildcard tests/package/*.t)))

deps:
	@tests/deps build

# Whoever has not said how many jobs (make -j2 check) gets as many as there are processors.
processors := $(shell nproc 2>/dev/null || echo 1)
jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(processors))

# Tests run beside each other: two more than there are processors, for many of them mostly wait.
PROVEFLAGS ?= -j$(shell expr $(processors) + 2)

# Beside the unit tests; TESTS=FILES runs others.
TESTS = $(sort $(wildcard tests/fuzz/*.t tests/cli/*.t tests/faults/*.t tests/live/*.t))

# Those that take longest begin first, so that none of them is left over in the end: make check PROVEFLAGS='-j4 --timer'
# tells them. A name that is not there does no harm, and a test that is not here comes later.
longest := $(addprefix tests/,faults/attacks.t live/archive_sentences.t fuzz/every.t live/archive_loss.t live/tso.t cli/docs.t cli/readers.t live/archive_stores.t \
           cli/tap.t cli/split.t cli/fixlen.t live/send.t live/tap_wire.t faults/ends.t faults/memory.t live/bridge.t live/chain.t live/live.t live/outage.t cli/decap.t \
           cli/progress.t cli/progress_way.t faults/input.t live/listen.t faults/calls.t live/tap_reload.t live/tap_own.t cli/manners.t cli/choose.t \
           cli/filter.t cli/demo.t cli/examples.t live/examples.t)
in_order = $(filter $(TESTS),$(longest)) $(filter-out $(longest),$(TESTS)) $(unitexe)

# Thousands of small files: where a file system in memory has room for them, it takes a fifth of a disk's time.
scratch = $(or $(TMPDIR),$(shell avail=$$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1); \
            [ "$${avail:-0}" -gt 4194304 ] && echo /dev/shm || echo /tmp))

check: ## install what the tests need, run every test on all processors (TESTS=FILES: the unit tests and these; PROVEFLAGS=-v)
	@tests/deps check
	$(Q)$(MAKE) --no-print-directory $(jobs) run-tests

run-tests: all $(unitexe) $(bench_programs) $(fuzzexe) $(BUILD)/docs/stats $(tshark_programs)
	$(Q)rm -rf '$(BUILD)/tests/captures'
	$(Q)BUILD='$(abspath $(BUILD))' CORPUS= TMPDIR='$(scratch)' HARNESS_RULESFILE=tests/order.yml \
	tests/tshark/with prove $(PROVEFLAGS) $(in_order) tests/captures.t

check-corpus: ## every capture below CORPUS=DIR through every tool (TESTS=FILES: these)
	@tests/deps check
	$(Q)$(MAKE) --no-print-directory $(jobs) run-corpus

run-corpus: all $(tshark_programs)
	$(Q)BUILD='$(abspath $(BUILD))' CORPUS='$(CORPUS)' TMPDIR='$(scratch)' tests/tshark/with prove $(PROVEFLAGS) $(or $(filter tests/corpus/%,$(TESTS)),$(sort $(wildcard tests/corpus/*.t)))

# UBSan's own library makes each process half as slow again. TRAP=1 does without: AddressSanitizer tells the line of what is
# undefined, and not what it is.
asan_flags := SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all$(if $(TRAP), -fsanitize-undefined-trap-on-error)' \
              BUILD=$(BUILD)-asan

asan: ## check under AddressSanitizer and UBSan (TARGET=check-corpus for the corpus; TRAP=1: faster)
	$(Q)ASAN_OPTIONS=detect_leaks=1:handle_sigill=1 LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0 \
	$(MAKE) --no-print-directory $(or $(TARGET),check) $(asan_flags)

# clang sees other things than gcc: arithmetic with null pointers, and what its own optimiser makes of the code.
asan-clang: ## the same with clang (TESTS=FILES: the unit tests and these)
	$(Q)$(MAKE) --no-print-directory asan CC=clang BUILD=$(BUILD)-clang

# Signal handlers and threads count at any moment: hence atomic counters. They are written at the end of each process: to files
# that are there by then, writable for whoever a tool became, from builds whose sandbox refuses nothing. Limits that a test sets
# keep some from it: not a word then.
coverage_flags := CFLAGS='-O0 -g' SANITIZE='--coverage -fprofile-update=atomic -DVTAP_COVERAGE' BUILD=$(BUILD)-coverage

coverage: ## lines and branches of common/ and tools/ that the tests run, by gcovr; at least 90% and 80% (CORPUS=DIR: and check-corpus; TESTS=FILES: of these)
	@tests/deps coverage
	$(Q)GCOV_ERROR_FILE=/dev/null $(MAKE) --no-print-directory $(jobs) run-coverage $(coverage_flags)

run-coverage: all
	$(Q)find '$(BUILD)' -name '*.gcda' -delete
	$(Q)for tool in $(tools:%='$(BUILD)/%'); do $$tool --help >/dev/null; done
	$(Q)chmod -R a+rwX '$(BUILD)'
	$(Q)failed=0; $(MAKE) --no-print-directory run-tests || failed=1; \
	$(if $(CORPUS),$(MAKE) --no-print-directory run-corpus || failed=1;) \
	BUILD='$(BUILD)' PART='$(findstring command,$(origin TESTS))' tests/coverage || failed=1; exit $$failed

fuzz_flags := CC=clang BUILD=$(BUILD)-fuzz FUZZ_ENGINE=-fsanitize=fuzzer \
              SANITIZE='-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all'

fuzz: ## each harness of tests/fuzz for FUZZ_SECONDS=60, from kept inputs and captures (CORPUS=, FUZZ=NAMES, FUZZ_MERGE=1 keeps new inputs)
	@tests/deps fuzz
	$(Q)$(MAKE) --no-print-directory $(jobs) run-fuzz $(fuzz_flags)

run-fuzz: $(if $(FUZZ),$(FUZZ:%=$(BUILD)/tests/fuzz/%),$(fuzzexe)) $(BUILD)/tests/fuzz/seed
	$(Q)BUILD='$(abspath $(BUILD))' tests/fuzz/run $(or $(FUZZ),$(fuzzers))

lint: ## gcc and clang without warnings, gcc -fanalyzer, clang-tidy, cppcheck, mandoc, function lengths, layout
	@tests/deps lint
	$(Q)tests/lint

demo: ## install what is missing, build, run the chain on real traffic
	@tests/deps demo
	$(Q)$(MAKE) --no-print-directory all
	$(Q)BUILD='$(abspath $(BUILD))' tests/demo

screenshot: ## docs/wireshark.png anew: what tests/live/wireshark.t sees (root)
	@tests/deps desk
	$(Q)$(MAKE) --no-print-directory all
	$(Q)BUILD='$(abspath $(BUILD))' VTAP_REQUIRE_LIVE=1 SCREENSHOT='$(abspath docs/wireshark.png)' prove tests/live/wireshark.t

# Which counters there are stands in the tables of the tools.
docs: $(BUILD)/docs/stats ## write docs/stats.md anew
	$(call say,GEN,docs/stats.md)
	$(Q)$< > docs/stats.md.tmp && mv docs/stats.md.tmp docs/stats.md

$(BUILD)/docs/stats: $(BUILD)/docs/stats.o $(staged) $(library)
	$(call say,LD,$@)
	$(Q)$(CC) $(linked) $(SANITIZE) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(libraries) $(LDLIBS)
$(BUILD)/docs/stats.o: private CPPFLAGS += -I.

# tshark that registers its protocols once for all tests: no part of vtap, so without its flags.
$(BUILD)/tests/tshark/tshark: tests/tshark/client.c tests/tshark/request.h
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -std=c11 -D_GNU_SOURCE $(warnings) $(WERROR) -o $@ $<
$(BUILD)/tests/tshark/server.so: tests/tshark/server.c tests/tshark/request.h
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -std=c11 -D_GNU_SOURCE $(warnings) $(WERROR) -shared -fPIC -o $@ $<

$(BUILD)/bench/%: tests/bench/%.c tests/bench/bound.h
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -std=c11 -D_GNU_SOURCE $(warnings) $(WERROR) -o $@ $< $(LDLIBS)
$(BUILD)/bench/naive: private LDLIBS += -lpcap

# Peers that cannot be installed are left out of the table.
bench: ## speed against lower bounds and peers (BENCH_MB=, BENCH_RUNS=, BENCH_ONLY=)
	@tests/deps bench || echo 'bench: goes on with what is there'
	$(Q)$(MAKE) --no-print-directory run-bench

bench-json: ## the same; machine, commit, date and figures are appended to bench.json (BENCH_JSON=)
	@tests/deps bench || echo 'bench: goes on with what is there'
	$(Q)$(MAKE) --no-print-directory run-bench BENCH_ARGUMENTS='--json $(or $(BENCH_JSON),bench.json)'

bench-instructions: ## instructions a packet, by valgrind: the same on every run (BENCH_ONLY=)
	@tests/deps bench
	$(Q)$(MAKE) --no-print-directory run-bench-instructions

run-bench: all $(bench_programs)
	$(Q)BUILD='$(BUILD)' tests/bench/run $(BENCH_ARGUMENTS)

run-bench-instructions: all $(bench_programs) $(BUILD)/bench/flood
	$(Q)BUILD='$(BUILD)' tests/bench/instructions

bench-live: all $(BUILD)/bench/flood $(BUILD)/bench/naive ## live: CPU a packet, rate without loss (root; BENCH_SECONDS=, BENCH_RUNS=)
	$(Q)BUILD='$(BUILD)' tests/bench/live

clean: ## remove build directories
	rm -rf $(BUILD) $(BUILD)-*

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## */\1\t/p' Makefile | expand -t 14

-include $(objects:.o=.d) $(toolobj:.o=.d) $(patsubst %.c,$(BUILD)/%.d,$(extcap)) $(unitexe:=.d) $(patsubst %.c,$(BUILD)/%.d,$(wildcard tests/fuzz/*.c))
