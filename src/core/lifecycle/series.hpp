// The series that a cycle may use, and those it does use, each loaded once.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/engine/options_json.hpp"
#include "core/genetics/markets.hpp"

namespace evolve {

// A series that is stored, or can be made by resampling.
struct Market {
    std::string exchange, symbol;
    Timeframe timeframe = Timeframe::d1;
    std::int64_t bars = 0;  // about; to choose between exchanges
    friend bool operator==(const Market&, const Market&) = default;
};

// Gives the bars of a market; they must stay where they are until the call that got the loader returns. Called on the
// calling thread only, before anything runs in parallel, at most once a market. No bars: an empty view.
using SeriesLoader = std::function<BarsView(const Market&)>;

struct LoadedSeries {
    Market market;
    BarsView bars;
    BacktestOptions options;  // with the series' periods_per_year
};

// The markets of one call: one a symbol and timeframe (the exchange with most bars, the first by name among equals),
// ordered by symbol and timeframe.
class SeriesStore {
public:
    SeriesStore(std::vector<Market> markets, OptionsJson options, const SeriesLoader& loader);

    const std::vector<MarketKey>& keys() const { return keys_; }
    // Where the ruleset runs: indices of markets in the order of its symbols; without symbols the first max_symbols of
    // its timeframe. Empty: there is no series for it.
    std::vector<std::size_t> markets_of(const Ruleset& ruleset, std::size_t max_symbols) const;
    // Loads what is not loaded yet. A market with fewer than two bars counts as empty.
    const LoadedSeries& load(std::size_t index);
    const LoadedSeries& at(std::size_t index) const { return series_[index]; }

private:
    std::vector<LoadedSeries> series_;
    std::vector<bool> loaded_;
    std::vector<MarketKey> keys_;
    OptionsJson options_;
    const SeriesLoader& loader_;
};

}  // namespace evolve
