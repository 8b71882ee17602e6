#include "core/engine/options_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/ruleset/json_text.hpp"
#include "core/ruleset/names.hpp"

namespace evolve {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& key, const std::string& expected) {
    throw Error(ErrorCode::invalid_option, "option \"" + key + "\" must be " + expected, "$" + path_step(key));
}

double number(const std::string& key, const json& value, double low, bool low_allowed, double high, bool high_allowed,
              const std::string& expected) {
    if (!value.is_number()) refuse(key, expected);
    const double x = value.get<double>();
    const bool inside = std::isfinite(x) && (low_allowed ? x >= low : x > low) && (high_allowed ? x <= high : x < high);
    if (!inside) refuse(key, expected);
    return x;
}

Sizing sizing_option(const json& value) {
    const std::string expected = "\"all_in\", {\"fraction\": over 0 and at most 1} or {\"units\": over 0}";
    if (value.is_string() && value.get_ref<const std::string&>() == "all_in") return {};
    if (!value.is_object() || value.size() != 1) refuse("sizing", expected);
    const std::string& kind = value.begin().key();
    if (kind == "fraction")
        return {.kind = Sizing::Kind::fraction,
                .amount = Node::number(number("sizing", *value.begin(), 0, false, 1, true, expected))};
    if (kind == "units")
        return {.kind = Sizing::Kind::units,
                .amount = Node::number(number("sizing", *value.begin(), 0, false, 1e15, true, expected))};
    refuse("sizing", expected);
}

void set_option(OptionsJson& options, const std::string& key, const json& value) {
    BacktestOptions& values = options.values;
    if (key == "initial_capital") {
        values.initial_capital = number(key, value, 0, false, 1e15, true, "a number over 0 and at most 1e15");
    } else if (key == "fee_rate") {
        values.fee_rate = number(key, value, 0, true, 1, false, "a fraction: at least 0 and below 1");
    } else if (key == "slippage") {
        values.slippage = number(key, value, 0, true, 1, false, "a fraction: at least 0 and below 1");
    } else if (key == "risk_free") {
        values.risk_free =
            number(key, value, -1, false, 10, true, "an annual rate as a fraction: over -1 and at most 10");
    } else if (key == "periods_per_year") {
        values.periods_per_year = number(key, value, 0, false, 1e8, true, "a number over 0 and at most 1e8");
        options.periods_per_year_given = true;
    } else if (key == "fill") {
        if (value == "next_open") {
            values.fill = Fill::next_open;
        } else if (value == "close") {
            values.fill = Fill::close;
        } else {
            refuse(key, "\"next_open\" or \"close\"");
        }
    } else if (key == "stop_on_entry_bar") {
        if (!value.is_boolean()) refuse(key, "true or false");
        values.stop_on_entry_bar = value.get<bool>();
    } else if (key == "sizing") {
        values.sizing = sizing_option(value);
    } else if (key == "benchmark") {
        if (!value.is_string() || value.get_ref<const std::string&>().empty()) refuse(key, "a symbol");
        options.benchmark = value.get<std::string>();
    } else {
        throw Error(ErrorCode::unknown_name, "unknown option " + in_quotes(key), "$" + path_step(key),
                    "Options: initial_capital, fee_rate, slippage, fill, stop_on_entry_bar, sizing, risk_free, "
                    "periods_per_year, benchmark, metrics.");
    }
}

}  // namespace

OptionsJson parse_options(std::string_view text) {
    Problems problems;
    const json document = read_json(text, {}, problems);
    if (!document.is_object())
        throw Error(ErrorCode::invalid_option, "options must be a JSON object", "$",
                    "For example '{\"fee_rate\": 0.001}'.");
    OptionsJson options;
    for (const auto& [key, value] : document.items())
        if (!value.is_null()) set_option(options, key, value);
    return options;
}

}  // namespace evolve
