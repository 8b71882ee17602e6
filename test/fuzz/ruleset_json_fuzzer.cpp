// Arbitrary bytes as a ruleset: read or refused with an error that can be shown; what is read survives every printer,
// and one meaning keeps one canonical form and one fingerprint.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/ruleset/language.hpp"

namespace {

using namespace evolve;

void require(bool holds) {
    if (!holds) std::abort();
}

void check_problem(const Problem& problem) {
    require(problem.code != ErrorCode::internal);
    require(!problem.message.empty());
    // The texts go into JSON and into a database: they must be whole UTF-8. dump() throws when they are not.
    (void)nlohmann::json{problem.where, problem.message, problem.hint}.dump();
}

void check_ruleset_invariants(const Ruleset& ruleset, const Limits& limits) {
    validate(ruleset, limits);
    require(parse_ruleset(to_json(ruleset).dump(), limits) == ruleset);
    const std::string text = to_json(ruleset, Form::text).dump();
    require(parse_ruleset(text, limits) == ruleset);

    const Ruleset once = canonical(ruleset);
    require(canonical(once) == once);
    validate(once, limits);
    require(parse_ruleset(to_json(once, Form::text).dump(), limits) == once);
    const std::string fingerprint_of_it = fingerprint(ruleset);
    require(fingerprint_of_it.size() == 64 && fingerprint(once) == fingerprint_of_it);

    const Ruleset bound = bind_parameters(ruleset);
    require(fingerprint(bound) == fingerprint_of_it);
    require(lookback(bound) <= lookback(ruleset) && lookback(ruleset) <= limits.lookback);
    require(!explain(ruleset).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    // Printing may lengthen: a text that is read back must not meet the limit on bytes.
    const Limits limits{.bytes = std::size_t{1} << 20};
    bool has_errors = false;
    for (const Problem& problem : check_ruleset(text, limits)) {
        check_problem(problem);
        has_errors = has_errors || problem.severity == Problem::Severity::error;
    }
    try {
        const Ruleset ruleset = parse_ruleset(text, limits);
        require(!has_errors);
        check_ruleset_invariants(ruleset, limits);
    } catch (const Error& error) {
        require(has_errors);
        check_problem({Problem::Severity::error, error.code(), error.where(), error.message(), error.hint()});
    }
    return 0;
}
