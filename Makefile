# pg_evolve. `make` builds the extension with PGXS and `make install` puts it into the server that PG_CONFIG names:
#     PG_CONFIG=/usr/lib/postgresql/15/bin/pg_config make install
# Short commands, which install what they need when run as root:
#     make demo        a private server under build/ with bars, strategies and some cycles of evolution; make demo-stop
#     make check       every test; make check SUITES="unit regress" runs some
#     make bench, make fuzz, make lint, make format, make packages

PG_CONFIG ?= pg_config
short_commands := bench check demo demo-stop format fuzz lint packages

# Two jobs unless the caller says otherwise; several goals (make clean all) go one after the other.
ifeq ($(MAKELEVEL),0)
ifeq ($(word 2,$(MAKECMDGOALS)),)
MAKEFLAGS += -j2
else
.NOTPARALLEL:
endif
endif

ifneq ($(filter $(short_commands),$(MAKECMDGOALS)),)

# The short commands stand apart: PostgreSQL may not be installed yet, and PGXS has a `check` of its own.
.PHONY: $(short_commands) all install uninstall installcheck clean
export PG_CONFIG MAKE SUITES
demo:      ; @demo/run
demo-stop: ; @test/scripts/server.sh stop demo
check:     ; @test/scripts/check.sh
bench:     ; @test/scripts/bench.sh
fuzz:      ; @test/scripts/fuzz.sh
lint:      ; @test/scripts/lint.sh
format:    ; @test/scripts/lint.sh format
packages:  ; @test/scripts/packages.sh all
all install uninstall installcheck clean: ; @$(MAKE) --no-print-directory $@

else

PGXS := $(shell $(PG_CONFIG) --pgxs 2>&1)
ifeq ($(wildcard $(PGXS)),)
$(error $(PG_CONFIG) does not lead to the server's build files ($(PGXS)): install postgresql-server-dev (as root: make packages) or set PG_CONFIG)
endif

# --- What is built ---------------------------------------------------------------------------------------------------
EXTENSION = control/pg_evolve
MODULE_big = pg_evolve
evolve_version := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" control/pg_evolve.control)

core_sources := $(sort $(wildcard src/core/*/*.cpp src/core/*/*/*.cpp))
pg_sources := $(sort $(wildcard src/pg/*.cpp src/pg/*/*.cpp))
indicators := $(sort $(notdir $(basename $(wildcard src/core/indicators/library/*.cpp))))
sources := $(core_sources) $(pg_sources)
OBJS := $(sources:src/%.cpp=build/obj/%.o)

sql_pieces := $(sort $(wildcard sql/*.sql))
migrations := $(sort $(wildcard migrations/[0-9]*.sql))
install_script := build/sql/pg_evolve--$(evolve_version).sql
DATA_built = $(install_script)
# Install scripts of released versions and the ways from one version to the next.
DATA := $(sort $(wildcard migrations/pg_evolve--*.sql))

REGRESS := $(sort $(notdir $(basename $(wildcard test/sql/*.sql))))
# With the default outputdir, expected output is read from the top folder; sql/ stays free for the install pieces.
REGRESS_OPTS = --inputdir=test --load-extension=pg_evolve
EXTRA_CLEAN = build results regression.diffs regression.out

# --- How ------------------------------------------------------------------------------------------------------------
# The server's bitcode rule would drop our C++ flags.
override with_llvm = no
SHLIB_LINK += -lstdc++ -lcrypto -lpthread -lm -Wl,--version-script=src/pg/exports.map
include $(PGXS)

# No contraction, no fast-math, no machine-specific code: the same numbers everywhere. Line numbers for stack traces are
# debug information enough. Warnings are errors with the compilers that this was tested with; another may know new ones.
ifeq ($(origin WERROR),undefined)
WERROR := $(if $(filter 12 14,$(shell $(CXX) -dumpversion)),-Werror)
endif
evolve_flags = -std=c++20 -O2 -g1 -ffp-contract=off -Wall -Wextra $(WERROR) -DEVOLVE_VERSION='"$(evolve_version)"' \
  -Isrc -Ibuild/generated
# The core gets every warning and no way to see a PostgreSQL header; the server's own headers are not held to ours.
core_flags = $(evolve_flags) -Wshadow -Wconversion -Wpedantic $(filter -D%,$(CPPFLAGS))
pg_flags = $(evolve_flags) $(patsubst -I%,-isystem %,$(filter-out -I. -I./ -I$(srcdir),$(CPPFLAGS)))
flags_of = $(if $(filter src/core/%,$1),$(core_flags),$(pg_flags))
ccache := $(shell command -v ccache)

build/obj/%.o: src/%.cpp build/flags | build/generated/indicator_list.inc
	@mkdir -p $(@D)
	$(ccache) $(CXX) $(CXXFLAGS) $(call flags_of,$<) -MMD -MP -MT $@ -MT build/tidy/$*.ok -MF build/obj/$*.d -c $< -o $@
-include $(OBJS:.o=.d)

$(MODULE_big)$(DLSUFFIX): src/pg/exports.map build/objects

$(install_script): control/install_script.sh control/pg_evolve.control build/pieces $(sql_pieces) $(migrations)
	@mkdir -p $(@D) && rm -f build/sql/*.sql
	control/install_script.sh $(sql_pieces) > $@.new && mv $@.new $@

# Small files that change only when what they hold changes: another server, flag, file or indicator rebuilds what it must.
build/generated/indicator_list.inc: held = $(foreach indicator,$(indicators),INDICATOR($(indicator))\n)
build/flags: held = $(PGXS) $(subst \,,$(subst ",,$(subst ',,$(CXX) $(CXXFLAGS) $(core_flags) $(pg_flags))))\n
build/objects: held = $(OBJS)\n
build/pieces: held = $(sql_pieces) $(migrations)\n
build/generated/indicator_list.inc build/flags build/objects build/pieces: evolve-always
	@mkdir -p $(@D) && printf '$(held)' | cmp -s - $@ || printf '$(held)' > $@

# A script that an older version left in the server's folder would offer a stray upgrade path.
install: remove-stale-scripts
remove-stale-scripts: all
	@rm -f '$(DESTDIR)$(datadir)/extension/'pg_evolve--*.sql

clean: stop-servers
stop-servers:
	@test/scripts/server.sh stop-all

# One stamp a source, so that a second run looks only at what changed.
tidy: $(sources:src/%.cpp=build/tidy/%.ok)
build/tidy/%.ok: src/%.cpp .clang-tidy | build/generated/indicator_list.inc
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- $(call flags_of,$<) > $@.log 2>&1 || { grep -v 'warnings generated\.$$' $@.log; exit 1; }
	@mv $@.log $@

.PHONY: evolve-always remove-stale-scripts stop-servers tidy
endif
