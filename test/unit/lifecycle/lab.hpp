// A small world for the lifecycle's tests: made-up series, strategies, and what the database does between cycles.
#pragma once

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/lifecycle/cycle_json.hpp"
#include "core/lifecycle/monitor.hpp"

namespace evolve::test {

using nlohmann::json;

inline constexpr Timestamp january_2015 = 1'420'070'400 * microseconds_per_second;

// A sum of uniforms: near enough to normal, and the same on every machine.
inline double bell(Random& random) {
    double sum = 0;
    for (int i = 0; i < 12; ++i) sum += random.uniform();
    return sum - 6;
}

// Daily bars of a log price that is pulled back to a slow trend: buying weakness pays. pull 0: a random walk.
inline Bars wobbling_bars(std::uint64_t seed, std::size_t count, double pull, double trend = 0.0002) {
    Random random(seed);
    Bars bars;
    bars.reserve(count);
    double deviation = 0, previous = 100;
    for (std::size_t i = 0; i < count; ++i) {
        deviation += -pull * deviation + 0.015 * bell(random);
        const double close = 100 * std::exp(trend * static_cast<double>(i) + deviation);
        const double open = previous * std::exp(0.001 * bell(random));
        const double reach = std::exp(0.004 * random.uniform());
        bars.push_back({.ts = january_2015 + static_cast<Timestamp>(i) * microseconds_per_day,
                        .open = open,
                        .high = std::max(open, close) * reach,
                        .low = std::min(open, close) / reach,
                        .close = close,
                        .volume = 1000 + 500 * random.uniform()});
        previous = close;
    }
    return bars;
}

// Series by "exchange/symbol/timeframe".
class World {
public:
    void add(const std::string& symbol, Timeframe timeframe, Bars bars, const std::string& exchange = "") {
        series_[key({.exchange = exchange, .symbol = symbol, .timeframe = timeframe})] = std::move(bars);
        markets_.push_back({.exchange = exchange, .symbol = symbol, .timeframe = timeframe});
    }
    SeriesLoader loader() const {
        return [this](const Market& market) {
            ++loads_[key(market)];
            return series_.at(key(market)).view();
        };
    }
    json markets() const {
        json rows = json::array();
        for (const Market& market : markets_) {
            rows.push_back({{"exchange", market.exchange},
                            {"symbol", market.symbol},
                            {"timeframe", to_string(market.timeframe)},
                            {"bars", series_.at(key(market)).size()}});
        }
        return rows;
    }
    const std::map<std::string, int>& loads() const { return loads_; }

private:
    static std::string key(const Market& market) {
        return market.exchange + "/" + market.symbol + "/" + std::string(to_string(market.timeframe));
    }
    std::map<std::string, Bars> series_{};
    std::vector<Market> markets_{};
    mutable std::map<std::string, int> loads_{};
};

inline std::string test_uuid(int number) {
    std::string digits = std::to_string(number);
    return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

inline json strategy_row(int number, const std::string& name, json ruleset, const std::string& status = "experiment") {
    return {{"id", test_uuid(number)},
            {"user_id", test_uuid(900 + number % 3)},
            {"name", name},
            {"ruleset", std::move(ruleset)},
            {"asset_type", "STOCK"},
            {"status", status},
            {"score", nullptr},
            {"evolution_attempts", 0},
            {"generation", 0},
            {"win_rate", nullptr},
            {"evaluate", false}};
}

// Ten rulesets of ordinary kinds.
inline std::vector<json> ordinary_rulesets() {
    const std::vector<std::string> texts{
        R"_({"entry": "sma(close, $fast) crosses above sma(close, 50)",
            "exit": "sma(close, $fast) crosses below sma(close, 50)",
            "params": {"fast": {"value": 10, "min": 5, "max": 40, "step": 5}}})_",
        R"_({"entry": "rsi(close, 14) < 30", "exit": "rsi(close, 14) > 60", "stop_loss": {"pct": 8}})_",
        R"_({"entry": "close > bbands(close, 20, 2, 2).upper", "exit": "close < bbands(close, 20, 2, 2).middle"})_",
        R"_({"entry": "macd(close, 12, 26, 9).macd crosses above macd(close, 12, 26, 9).signal", "max_bars": 15})_",
        R"_({"entry": "close > max(high, 20)[1]", "exit": "close < min(low, 10)[1]", "trailing_stop": {"pct": 10}})_",
        R"_({"entry": "ema(close, 12) > ema(close, 26) and rsi(close, 14) < 55",
            "exit": "ema(close, 12) < ema(close, 26)"})_",
        R"_({"entry": "close rising 3", "exit": "close falling 2", "take_profit": {"pct": 6}})_",
        R"_({"entry": "close < sma(close, 20) * 0.97", "exit": "close > sma(close, 20)", "max_bars": 20})_",
        R"_({"entry": "close > sma(close, 100)", "exit": "close < sma(close, 100)",
            "short": {"entry": "rsi(close, 14) > 80", "exit": "rsi(close, 14) < 50"}})_",
        R"_({"entry": "cci(20) < -100", "exit": "cci(20) > 100", "stop_loss": {"atr": 3, "period": 14}})_"};
    std::vector<json> rulesets;
    for (const std::string& text : texts) rulesets.push_back(json::parse(text));
    return rulesets;
}

// What SQL does with a cycle's output: rows change, children are inserted, the discarded leave.
class Population {
public:
    void add(json row) { rows_.push_back(std::move(row)); }
    std::vector<json>& rows() { return rows_; }

    // Chooses the batch as the database does: never tested first, then experiments, then the rest.
    json input(const World& world, std::uint64_t seed, const json& policy, std::size_t batch) {
        std::vector<std::size_t> order;
        for (int turn = 0; turn < 3; ++turn) {
            for (std::size_t i = 0; i < rows_.size(); ++i) {
                const bool fresh = rows_[i]["score"].is_null(), experiment = rows_[i]["status"] == "experiment";
                if (turn == (fresh ? 0 : experiment ? 1 : 2)) order.push_back(i);
            }
        }
        for (json& row : rows_) row["evaluate"] = false;
        for (std::size_t i = 0; i < order.size() && i < batch; ++i) rows_[order[i]]["evaluate"] = true;
        return {{"seed", seed},        {"policy", policy},           {"options", json::object()},
                {"population", rows_}, {"markets", world.markets()}, {"total_strategies", total_}};
    }
    KnownFingerprint known() const {
        return [this](const std::string& fingerprint) { return fingerprints_.contains(fingerprint); };
    }
    void apply(const json& output) {
        for (const json& evaluation : output.at("evaluations")) {
            json& row = find(evaluation.at("strategy_id"));
            row["status"] = evaluation.at("status");
            row["score"] = evaluation.at("score");
            row["evolution_attempts"] = evaluation.at("evolution_attempts");
            if (!evaluation.at("no_data").get<bool>()) row["win_rate"] = evaluation.at("metrics").at("win_rate");
            if (!evaluation.at("score").is_null()) best_ = std::max(best_, evaluation.at("score").get<double>());
            fingerprints_.insert(evaluation.at("fingerprint").get<std::string>());
        }
        for (const json& transition : output.at("transitions"))
            find(transition.at("strategy_id"))["status"] = transition.at("to");
        std::erase_if(rows_, [](const json& row) { return row.at("status") == "discarded"; });
        for (const json& child : output.at("children")) {
            rows_.push_back({{"id", child.at("id")},
                             {"user_id", child.at("user_id")},
                             {"name", child.at("name")},
                             {"ruleset", child.at("ruleset")},
                             {"asset_type", child.at("asset_type")},
                             {"status", "experiment"},
                             {"score", nullptr},
                             {"evolution_attempts", 0},
                             {"generation", 1},
                             {"win_rate", nullptr},
                             {"evaluate", false}});
            fingerprints_.insert(child.at("fingerprint").get<std::string>());
            ++total_;
        }
    }
    double best() const { return best_; }
    void set_total(std::int64_t total) { total_ = total; }

private:
    json& find(const json& id) {
        for (json& row : rows_) {
            if (row.at("id") == id) return row;
        }
        throw std::runtime_error("a result for a strategy that is not there");
    }
    std::vector<json> rows_{};
    std::set<std::string> fingerprints_{};
    std::int64_t total_ = 0;
    double best_ = 0;
};

}  // namespace evolve::test
