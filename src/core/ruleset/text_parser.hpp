// The text form: "sma(close, $fast) crosses above sma(close, 50) and rsi(close, 14) < 30".
#pragma once

#include <string_view>

#include "core/ruleset/source.hpp"

namespace evolve {

// Reads a whole text; `path` is where it stands, empty when it stands alone. Grammar: docs/ruleset.md.
// Syntax errors and limits are thrown as Error with the position; names that do not exist are reported to the
// builder's problems. A lone name that is no series comes back as a node `choice`: the caller knows whether an
// indicator takes it (Builder::call) or not (Builder::refuse_name).
Parsed parse_text(std::string_view text, std::string_view path, Builder& builder);

}  // namespace evolve
