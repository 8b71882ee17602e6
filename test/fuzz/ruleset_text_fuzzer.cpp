// Arbitrary bytes as one expression: read or refused; what is read is printed and read back as the same tree, and its
// canonical form keeps its unit, its look-back and its fingerprint.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/ruleset/canonical.hpp"
#include "core/ruleset/language.hpp"

namespace {

using namespace evolve;

void require(bool holds) {
    if (!holds) std::abort();
}

std::map<std::string, Parameter> parameters() {
    return {{"a", {.value = 3, .minimum = 2, .maximum = 9, .step = 1}},
            {"b", {.value = 2.5, .minimum = {}, .maximum = {}, .step = {}}}};
}

std::string fingerprint_of(const Node& condition) {
    Ruleset ruleset;
    ruleset.long_side.entry = condition;
    return fingerprint(ruleset);
}

void check_node(const Node& node, const Limits& limits) {
    const auto known = parameters();
    const Unit unit = check_units(node, known);
    const std::string text = to_text(node);
    require(parse_expression(text, limits, known) == node);
    require(to_text(parse_expression(text, limits, known)) == text);
    require(parse_expression(to_json(node).dump(), limits, known) == node);

    const Node once = canonical(node);
    require(canonical(once) == once);
    require(check_units(once, known) == unit);
    require(parse_expression(to_text(once), limits, known) == once);

    const Node bound = bind_parameters(node, known);
    require(check_units(bound, {}) == unit);
    const Node low = lowered(bound);
    require(lowered(low) == low);
    require(lookback(low) <= lookback(bound));
    if (unit != Unit::condition) return;
    require(fingerprint_of(canonical(bound)) == fingerprint_of(bound));
    require(fingerprint_of(low) == fingerprint_of(bound));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Limits limits{.bytes = std::size_t{1} << 20};
    try {
        check_node(parse_expression(text, limits, parameters()), limits);
    } catch (const Error& error) {
        require(error.code() != ErrorCode::internal && !error.message().empty());
        (void)nlohmann::json{error.where(), error.message(), error.hint()}.dump();
    }
    return 0;
}
