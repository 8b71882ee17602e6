// Texts in, checked values out.
#include <atomic>

#include "core/base/parallel.hpp"
#include "core/ruleset/json_text.hpp"
#include "core/ruleset/json_tree.hpp"
#include "core/ruleset/lookback.hpp"
#include "core/ruleset/ruleset_reader.hpp"
#include "core/ruleset/text_parser.hpp"
#include "core/ruleset/units.hpp"
#include "core/ruleset/warnings.hpp"

namespace evolve {
namespace {

Parsed read_expression(std::string_view text, Builder& builder) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && (text[first] == '{' || text[first] == '"')) {
        return parse_tree(read_json(text, builder.limits(), builder.problems()), "$", builder);
    }
    check_bytes(text, builder.limits());
    Parsed parsed = parse_text(text, {}, builder);
    builder.refuse_name(parsed, {});
    return parsed;
}

}  // namespace

Ruleset parse_ruleset(std::string_view json, const Limits& limits) {
    Problems problems;
    Builder builder(problems, limits);
    Origins origins;
    Ruleset ruleset = read_ruleset(read_json(json, limits, problems), builder, origins);
    check_rules(ruleset, limits, origins, problems);
    return ruleset;
}

std::vector<Ruleset> parse_rulesets(std::span<const std::string> texts, const Limits& limits, const Control& control) {
    std::vector<Ruleset> rulesets(texts.size());
    std::atomic<std::size_t> first_wrong{texts.size()};
    const auto parse = [&](std::size_t i) {
        if (i > first_wrong) return;
        try {
            rulesets[i] = parse_ruleset(texts[i], limits);
        } catch (const Error&) {
            std::size_t known = first_wrong;
            while (i < known && !first_wrong.compare_exchange_weak(known, i)) {
            }
        }
    };
    parallel_for(texts.size(), control, parse);
    if (const std::size_t wrong = first_wrong; wrong < texts.size()) {
        try {
            parse_ruleset(texts[wrong], limits);
        } catch (const Error& error) {
            throw Error(error.code(), "ruleset " + std::to_string(wrong + 1) + ": " + error.message(), error.where(),
                        error.hint());
        }
    }
    return rulesets;
}

std::vector<Problem> check_ruleset(std::string_view json, const Limits& limits) {
    std::vector<Problem> list;
    try {
        Problems problems(list);
        Builder builder(problems, limits);
        Origins origins;
        const Ruleset ruleset = read_ruleset(read_json(json, limits, problems), builder, origins);
        check_rules(ruleset, limits, origins, problems);
        if (problems.errors() == 0) report_warnings(ruleset, origins, problems);
    } catch (const Error& error) {  // what stops the reading: no JSON, a limit, too many problems
        list.push_back({Problem::Severity::error, error.code(), error.where(), error.message(), error.hint()});
    }
    return list;
}

Node parse_expression(std::string_view text, const Limits& limits, const std::map<std::string, Parameter>& parameters) {
    Problems problems;
    Builder builder(problems, limits);
    Parsed parsed = read_expression(text, builder);
    const Trail trail(parsed.origin.position == 0 ? "$" : "", &parsed.origin);
    check_tree(parsed.node, parameters, trail, problems);
    const std::size_t bars = lookback(parsed.node, parameters), most = effective(limits).lookback;
    if (bars > most) {
        throw Error(ErrorCode::limit_exceeded,
                    "the expression looks back " + std::to_string(bars) + " bars, the limit is " + std::to_string(most),
                    {}, "Use shorter periods and lags, or raise the limit on lookback.");
    }
    return std::move(parsed.node);
}

}  // namespace evolve
