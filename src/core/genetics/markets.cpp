#include "core/genetics/markets.hpp"

#include <algorithm>
#include <set>

namespace evolve {
namespace {

bool has(std::span<const MarketKey> markets, const std::string& symbol, Timeframe timeframe) {
    return std::any_of(markets.begin(), markets.end(), [&](const MarketKey& market) {
        return market.timeframe == timeframe && market.symbol == symbol;
    });
}

}  // namespace

std::optional<Timeframe> effective_timeframe(const Ruleset& ruleset, std::span<const MarketKey> markets) {
    if (ruleset.timeframe) return ruleset.timeframe;
    if (can_run_at(ruleset, Timeframe::d1, markets)) return Timeframe::d1;
    std::optional<Timeframe> best;
    std::size_t most = 0;
    for (const Timeframe timeframe : all_timeframes()) {
        const std::size_t count = available_symbols(ruleset, timeframe, markets).size();
        if (count == 0 || count < most) continue;
        most = count;
        best = timeframe;
    }
    return best;
}

bool can_run_at(const Ruleset& ruleset, Timeframe timeframe, std::span<const MarketKey> markets) {
    return std::any_of(markets.begin(), markets.end(), [&](const MarketKey& market) {
        const auto& symbols = ruleset.symbols;
        return market.timeframe == timeframe &&
               (symbols.empty() || std::find(symbols.begin(), symbols.end(), market.symbol) != symbols.end());
    });
}

std::vector<std::string> available_symbols(const Ruleset& ruleset, Timeframe timeframe,
                                           std::span<const MarketKey> markets) {
    std::vector<std::string> symbols;
    if (!ruleset.symbols.empty()) {
        for (const std::string& symbol : ruleset.symbols) {
            if (has(markets, symbol, timeframe)) symbols.push_back(symbol);
        }
        return symbols;
    }
    std::set<std::string> all;
    for (const MarketKey& market : markets) {
        if (market.timeframe == timeframe) all.insert(market.symbol);
    }
    return {all.begin(), all.end()};
}

}  // namespace evolve
