// The door to the ruleset language: everything other parts of the program may call.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/control.hpp"
#include "core/base/error.hpp"
#include "core/indicators/indicator.hpp"
#include "core/ruleset/ruleset.hpp"

namespace evolve {

// Bounds on what is accepted; settings of the installation, with ceilings that cannot be raised.
struct Limits {
    std::size_t bytes = 64 * 1024;  // of the JSON text; ceiling 1 MiB
    std::size_t nodes = 500;        // of all trees together; ceiling 10,000
    std::size_t depth = 32;         // of one tree; ceiling 100
    std::size_t lookback = 10'000;  // bars: warm-up plus lags of any rule; ceiling 1,000,000
};

struct Problem {
    enum class Severity : std::uint8_t { error, warning } severity = Severity::error;
    ErrorCode code = ErrorCode::invalid_ruleset;
    std::string where, message, hint;
};

// Reads a ruleset object from JSON text: tree or text form anywhere a rule or number may stand. The result is
// complete (defaults spelled out in indicators), typed and within limits, but as written, not canonical.
// Throws Error (the first problem) with the JSON path, or path and text position.
Ruleset parse_ruleset(std::string_view json, const Limits& limits = {});
// The same for many texts, on control.threads threads. Throws the first problem of the first ruleset that has one,
// whose number (from 1) comes before its message; Error(interrupted).
std::vector<Ruleset> parse_rulesets(std::span<const std::string> texts, const Limits& limits = {},
                                    const Control& control = {});
// The same, but collects every problem instead of throwing; warnings too (no exit, never-true rules, unused
// parameters, entries of a side that is off …). Empty result list: a ruleset without fault.
std::vector<Problem> check_ruleset(std::string_view json, const Limits& limits = {});

// One expression or condition as text ("macd(close, 12, 26, 9).signal") or as JSON tree text; no parameters unless
// given.
Node parse_expression(std::string_view text, const Limits& limits = {},
                      const std::map<std::string, Parameter>& parameters = {});
// Checks units and argument domains of one tree; the unit of its value. Throws Error.
Unit check_units(const Node& node, const std::map<std::string, Parameter>& parameters, const std::string& where = "$");
// Throws Error when the ruleset (e.g. one changed by mutation) breaks any rule of the language or a limit.
void validate(const Ruleset& ruleset, const Limits& limits = {});

// The one form among all that mean the same: commuted, flattened, defaults dropped or spelled as documented in
// docs/ruleset.md. Idempotent. Parameters stay parameters.
Ruleset canonical(const Ruleset& ruleset);
// Parameters replaced by their values; `parameters` empty afterwards.
Ruleset bind_parameters(const Ruleset& ruleset);
Node bind_parameters(const Node& node, const std::map<std::string, Parameter>& parameters);
// SHA-256 (64 lower-case hex digits) of the canonical, bound, lowered form: equal when two rulesets trade alike by
// construction. Domains of parameters and their names do not count, their values do.
std::string fingerprint(const Ruleset& ruleset);

enum class Form : std::uint8_t { tree, text };
nlohmann::json to_json(const Ruleset& ruleset, Form form = Form::tree);
nlohmann::json to_json(const Node& node);
std::string to_text(const Node& node);  // "sma(close, $fast) crosses above sma(close, 50)"
// Plain English, a few sentences.
std::string explain(const Ruleset& ruleset);

// Bars that must pass before every rule of the ruleset can be known: warm-ups, lags and the ATR of stops. A parameter
// that is not bound counts with the largest value it may take; a node must be bound.
std::size_t lookback(const Ruleset& ruleset);
std::size_t lookback(const Node& node);

}  // namespace evolve
