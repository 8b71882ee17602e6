// Mutations that leave the rules alone and move them elsewhere.
#include <algorithm>

#include "core/genetics/mutation.hpp"
#include "core/genetics/pick.hpp"

namespace evolve {

Step change_timeframe(Ruleset& draft, const MutationContext& context, Random& random) {
    const auto present = effective_timeframe(draft, context.markets);
    if (!present) return std::nullopt;
    std::optional<Timeframe> finer, coarser;
    for (const Timeframe timeframe : all_timeframes()) {
        if (!can_run_at(draft, timeframe, context.markets)) continue;
        if (timeframe < *present) finer = timeframe;
        if (timeframe > *present && !coarser) coarser = timeframe;
    }
    std::vector<Timeframe> neighbours;
    if (finer) neighbours.push_back(*finer);
    if (coarser) neighbours.push_back(*coarser);
    if (neighbours.empty()) return std::nullopt;
    const Timeframe chosen = pick(neighbours, random);
    const nlohmann::json before = draft.timeframe ? nlohmann::json(to_string(*draft.timeframe)) : nlohmann::json();
    draft.timeframe = chosen;
    nlohmann::json step = replacement("timeframe_change", "$.timeframe", before, to_string(chosen));
    step["from"] = to_string(*present);  // where it ran before, also when it names no timeframe
    return step;
}

Step transplant(Ruleset& draft, const MutationContext& context, Random& random) {
    const auto timeframe = effective_timeframe(draft, context.markets);
    if (!timeframe || draft.symbols.empty()) return std::nullopt;
    Ruleset anywhere = draft;
    anywhere.symbols.clear();
    std::vector<std::string> others;
    for (std::string& symbol : available_symbols(anywhere, *timeframe, context.markets)) {
        if (std::find(draft.symbols.begin(), draft.symbols.end(), symbol) == draft.symbols.end()) {
            others.push_back(std::move(symbol));
        }
    }
    if (others.empty()) return std::nullopt;
    const nlohmann::json before = draft.symbols;
    std::string& replaced = draft.symbols[random.below(draft.symbols.size())];
    const std::string from = replaced;
    replaced = pick(others, random);
    const std::string to = replaced;
    nlohmann::json step = replacement("cross_asset_transplant", "$.symbols", before, draft.symbols);
    step["from"] = from;
    step["to"] = to;
    return step;
}

}  // namespace evolve
