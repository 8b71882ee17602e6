// The genes of a ruleset: the parts that can be there or not, and be taken over whole.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "core/ruleset/ruleset.hpp"

namespace evolve {

enum class Gene : std::uint8_t {
    entry,
    exit,
    short_entry,
    short_exit,
    stop_loss,
    take_profit,
    trailing_stop,
    max_bars,
    cooldown_bars,
    sizing
};
inline constexpr std::array all_genes{Gene::entry,         Gene::exit,        Gene::short_entry,   Gene::short_exit,
                                      Gene::stop_loss,     Gene::take_profit, Gene::trailing_stop, Gene::max_bars,
                                      Gene::cooldown_bars, Gene::sizing};

std::string_view to_string(Gene gene);                      // as in a ruleset: "entry", "short.entry", "stop_loss" …
std::optional<Node>* rule_of(Ruleset& ruleset, Gene gene);  // nullptr: the gene is no single tree
std::optional<ExitLevel>* level_of(Ruleset& ruleset, Gene gene);  // nullptr: the gene is no exit level
bool has_gene(const Ruleset& ruleset, Gene gene);
bool same_gene(const Ruleset& left, const Ruleset& right, Gene gene);
void copy_gene(const Ruleset& from, Ruleset& to, Gene gene);
void remove_gene(Ruleset& ruleset, Gene gene);
// The trees of one gene, for renaming parameters in them.
void for_each_tree(Ruleset& ruleset, Gene gene, const auto& visit) {
    if (auto* rule = rule_of(ruleset, gene)) {
        if (*rule) visit(**rule);
    } else if (auto* level = level_of(ruleset, gene)) {
        if (!*level) return;
        visit((*level)->distance);
        visit((*level)->period);
    } else if (ruleset.sizing) {
        visit(ruleset.sizing->amount);
    }
}

// Every side that is entered can be left: by a rule, a stop, a limit, or the opposite entry when both sides trade.
bool has_way_out(const Ruleset& ruleset);

}  // namespace evolve
