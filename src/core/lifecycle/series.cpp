#include "core/lifecycle/series.hpp"

#include <algorithm>
#include <tuple>

namespace evolve {
namespace {

std::vector<Market> one_each(std::vector<Market> markets) {
    const auto place = [](const Market& market) { return std::tie(market.symbol, market.timeframe); };
    std::sort(markets.begin(), markets.end(), [&](const Market& a, const Market& b) {
        if (place(a) != place(b)) return place(a) < place(b);
        return a.bars != b.bars ? a.bars > b.bars : a.exchange < b.exchange;
    });
    const auto same = [&](const Market& a, const Market& b) { return place(a) == place(b); };
    markets.erase(std::unique(markets.begin(), markets.end(), same), markets.end());
    return markets;
}

}  // namespace

SeriesStore::SeriesStore(std::vector<Market> markets, OptionsJson options, const SeriesLoader& loader)
    : options_(std::move(options)), loader_(loader) {
    for (Market& market : one_each(std::move(markets))) {
        keys_.push_back({.symbol = market.symbol, .timeframe = market.timeframe});
        series_.push_back({.market = std::move(market), .bars = {}, .options = options_.values});
    }
    loaded_.resize(series_.size());
}

std::vector<std::size_t> SeriesStore::markets_of(const Ruleset& ruleset, std::size_t max_symbols) const {
    const auto timeframe = effective_timeframe(ruleset, keys_);
    if (!timeframe) return {};
    std::vector<std::string> symbols = available_symbols(ruleset, *timeframe, keys_);
    if (ruleset.symbols.empty() && symbols.size() > max_symbols) symbols.resize(max_symbols);
    std::vector<std::size_t> indices;
    for (const std::string& symbol : symbols) {
        const MarketKey wanted{.symbol = symbol, .timeframe = *timeframe};
        const auto found = std::find(keys_.begin(), keys_.end(), wanted);
        if (found != keys_.end()) indices.push_back(static_cast<std::size_t>(found - keys_.begin()));
    }
    return indices;
}

const LoadedSeries& SeriesStore::load(std::size_t index) {
    LoadedSeries& series = series_[index];
    if (loaded_[index]) return series;
    loaded_[index] = true;
    series.bars = loader_(series.market);
    if (series.bars.size() < 2) series.bars = {};
    if (!options_.periods_per_year_given) {
        series.options.periods_per_year = periods_per_year(series.bars, series.market.timeframe);
    }
    series.options.benchmark = {};
    return series;
}

}  // namespace evolve
