// Settings: GUCs for what a session steers, rows of evolve.settings for everything else.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/control.hpp"
#include "core/ruleset/language.hpp"

namespace evolve::pg {

// Called once by _PG_init: defines evolve.* and reserves the prefix.
void define_gucs();

// True while _evolve_engine_writes() has opened the guards of evolve.user_strategies.
bool engine_is_writing();
// Threads, memory and the cancel poll of this session.
Control session_control();
// The highest limits there are: what functions that may not read a table (IMMUTABLE) apply.
Limits ceiling_limits();
// Limits of evolve.settings; defaults where the table does not exist yet.
Limits ruleset_limits();
// A number of evolve.settings; the default where it cannot be read.
std::int64_t count_setting(const std::string& name, std::int64_t otherwise);

}  // namespace evolve::pg
