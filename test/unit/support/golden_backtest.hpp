// The reference backtests of golden/backtest: rulesets written in the language from what summary.json says, options,
// trade lists and equity of the reference engine.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/engine/backtest.hpp"
#include "core/ruleset/language.hpp"
#include "support/golden_csv.hpp"

namespace evolve::test {

struct GoldenCase {
    std::string name, engine;
    nlohmann::json summary;  // and the engine's own figures in summary["engines"][engine]
    Ruleset ruleset;
    std::string ruleset_json;
    BacktestOptions options;
    GoldenBars series;
    GoldenTable signals, trades;
    std::vector<std::pair<std::string, GoldenTable>>
        second_opinions;  // lists of other engines that follow the conventions
    std::optional<GoldenTable> equity;

    const nlohmann::json& figures() const { return summary.at("engines").at(engine); }
};

// The rules behind the signals: data/README.md.
inline nlohmann::json golden_rules(const std::string& signals, const std::vector<double>& p) {
    const auto n = [&](std::size_t i) {
        const auto whole = static_cast<long long>(p.at(i));
        return static_cast<double>(whole) == p[i] ? std::to_string(whole) : std::to_string(p[i]);
    };
    if (signals == "sig_sma") {
        const std::string fast = "sma(close, " + n(0) + ")", slow = "sma(close, " + n(1) + ")";
        return {{"entry", fast + " crosses above " + slow}, {"exit", fast + " crosses below " + slow}};
    }
    if (signals == "sig_sma_rev" || signals == "sig_ema_rev") {
        const std::string average = signals == "sig_sma_rev" ? "sma" : "ema";
        const std::string fast = average + "(close, " + n(0) + ")", slow = average + "(close, " + n(1) + ")";
        const std::string up = fast + " crosses above " + slow, down = fast + " crosses below " + slow;
        return {{"direction", "both"}, {"entry", up}, {"exit", down}, {"short", {{"entry", down}, {"exit", up}}}};
    }
    if (signals == "sig_rsi") {
        const std::string rsi = "rsi(close, " + n(0) + ")";
        return {{"entry", rsi + " crosses below " + n(1)}, {"exit", rsi + " crosses above " + n(2)}};
    }
    if (signals == "sig_rsi_short") {
        const std::string rsi = "rsi(close, " + n(0) + ")";
        return {{"short", {{"entry", rsi + " crosses above " + n(1)}, {"exit", rsi + " crosses below " + n(2)}}}};
    }
    if (signals == "sig_macd") {
        const std::string macd = "macd(close, " + n(0) + ", " + n(1) + ", " + n(2) + ")";
        return {{"entry", macd + " crosses above " + macd + ".signal"},
                {"exit", macd + " crosses below " + macd + ".signal"}};
    }
    if (signals == "sig_don" || signals == "donchian entries only") {
        nlohmann::json rules = {{"entry", "close > highest(high, " + n(0) + ")[1]"}};
        if (signals == "sig_don") rules["exit"] = "close < lowest(low, " + n(1) + ")[1]";
        return rules;
    }
    if (signals == "sig_bb") {
        const std::string bands = "bbands(close, " + n(0) + ", " + n(1) + ", " + n(1) + ")";
        return {{"entry", "close crosses above " + bands + ".upper"},
                {"exit", "close crosses below " + bands + ".middle"}};
    }
    // The first bar only. Anything later would be ignored, since the position is never left; true on every bar is the
    // nearest that the language can say.
    if (signals == "sig_bh") return {{"entry", "close > 0"}};
    throw std::runtime_error("no rule for the signals " + signals);
}

inline GoldenCase read_golden_case(const std::string& name) {
    const std::filesystem::path folder = std::filesystem::path("backtest") / name;
    GoldenCase result;
    result.name = name;
    result.summary = nlohmann::json::parse(std::regex_replace(read_text(golden_dir() / folder / "summary.json"),
                                                              std::regex(": (-?Infinity|NaN)"), ": null"));
    const nlohmann::json& summary = result.summary;
    result.engine = summary.at("oracle_engine");

    nlohmann::json rules = golden_rules(summary.at("signals"), summary.at("signal_params"));
    const auto percent = [&](const char* key, const char* rule) {
        if (!summary.at(key).is_null()) rules[rule] = {{"pct", 100 * summary.at(key).get<double>()}};
    };
    percent("stop_loss_pct", "stop_loss");
    percent("take_profit_pct", "take_profit");
    percent("trailing_stop_pct", "trailing_stop");
    if (!summary.at("fixed_size").is_null()) rules["sizing"] = {{"units", summary.at("fixed_size")}};
    if (summary.at("size_fraction") != 1.0) rules["sizing"] = {{"fraction", summary.at("size_fraction")}};
    result.ruleset_json = rules.dump();
    result.ruleset = parse_ruleset(result.ruleset_json);

    result.options.initial_capital = summary.at("initial_cash");
    result.options.fee_rate = summary.at("fee_rate");
    result.options.slippage = summary.at("slippage_rate");
    result.options.fill = summary.at("fill") == "open of the next bar" ? Fill::next_open : Fill::close;
    result.options.stop_on_entry_bar = summary.at("entry_bar_stops");
    result.options.periods_per_year = summary.at("periods_per_year");

    result.series = read_golden_bars(summary.at("series").get<std::string>());
    result.signals = read_golden(folder / "signals.csv");
    result.trades = read_golden(folder / ("trades_" + result.engine + ".csv"));
    for (const auto& entry : std::filesystem::directory_iterator(golden_dir() / folder)) {
        const std::string file = entry.path().filename().string();
        if (file.rfind("trades_", 0) != 0 || file.find("__differs_from_convention") != std::string::npos) continue;
        const std::string engine = file.substr(7, file.size() - 7 - 4);
        if (engine != result.engine) result.second_opinions.emplace_back(engine, read_golden(folder / file));
    }
    const auto equity = folder / ("equity_" + result.engine + ".csv");
    if (std::filesystem::exists(golden_dir() / equity)) result.equity = read_golden(equity);
    return result;
}

// All case folders, in order.
inline std::vector<std::string> golden_case_names() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(golden_dir() / "backtest"))
        if (entry.is_directory()) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace evolve::test
