#include "core/genetics/genes.hpp"

#include "core/base/error.hpp"

namespace evolve {

std::string_view to_string(Gene gene) {
    switch (gene) {
        case Gene::entry:
            return "entry";
        case Gene::exit:
            return "exit";
        case Gene::short_entry:
            return "short.entry";
        case Gene::short_exit:
            return "short.exit";
        case Gene::stop_loss:
            return "stop_loss";
        case Gene::take_profit:
            return "take_profit";
        case Gene::trailing_stop:
            return "trailing_stop";
        case Gene::max_bars:
            return "max_bars";
        case Gene::cooldown_bars:
            return "cooldown_bars";
        case Gene::sizing:
            return "sizing";
    }
    throw Error(ErrorCode::internal, "unknown gene");
}

std::optional<Node>* rule_of(Ruleset& ruleset, Gene gene) {
    switch (gene) {
        case Gene::entry:
            return &ruleset.long_side.entry;
        case Gene::exit:
            return &ruleset.long_side.exit;
        case Gene::short_entry:
            return &ruleset.short_side.entry;
        case Gene::short_exit:
            return &ruleset.short_side.exit;
        case Gene::max_bars:
            return &ruleset.max_bars;
        case Gene::cooldown_bars:
            return &ruleset.cooldown_bars;
        default:
            return nullptr;
    }
}

std::optional<ExitLevel>* level_of(Ruleset& ruleset, Gene gene) {
    switch (gene) {
        case Gene::stop_loss:
            return &ruleset.stop_loss;
        case Gene::take_profit:
            return &ruleset.take_profit;
        case Gene::trailing_stop:
            return &ruleset.trailing_stop;
        default:
            return nullptr;
    }
}

namespace {

// The accessors above only hand out addresses; these do not write through them.
Ruleset& unconst(const Ruleset& ruleset) { return const_cast<Ruleset&>(ruleset); }

}  // namespace

bool has_gene(const Ruleset& ruleset, Gene gene) {
    if (const auto* rule = rule_of(unconst(ruleset), gene)) return rule->has_value();
    if (const auto* level = level_of(unconst(ruleset), gene)) return level->has_value();
    return ruleset.sizing.has_value();
}

bool same_gene(const Ruleset& left, const Ruleset& right, Gene gene) {
    if (const auto* rule = rule_of(unconst(left), gene)) return *rule == *rule_of(unconst(right), gene);
    if (const auto* level = level_of(unconst(left), gene)) return *level == *level_of(unconst(right), gene);
    return left.sizing == right.sizing;
}

void copy_gene(const Ruleset& from, Ruleset& to, Gene gene) {
    if (auto* rule = rule_of(to, gene)) {
        *rule = *rule_of(unconst(from), gene);
    } else if (auto* level = level_of(to, gene)) {
        *level = *level_of(unconst(from), gene);
    } else {
        to.sizing = from.sizing;
    }
}

void remove_gene(Ruleset& ruleset, Gene gene) {
    if (auto* rule = rule_of(ruleset, gene)) {
        rule->reset();
    } else if (auto* level = level_of(ruleset, gene)) {
        level->reset();
    } else {
        ruleset.sizing.reset();
    }
}

bool has_way_out(const Ruleset& ruleset) {
    if (ruleset.stop_loss || ruleset.take_profit || ruleset.trailing_stop || ruleset.max_bars) return true;
    if (ruleset.direction == Direction::both && ruleset.long_side.entry && ruleset.short_side.entry) return true;
    const bool long_stuck =
        ruleset.direction != Direction::short_only && ruleset.long_side.entry && !ruleset.long_side.exit;
    const bool short_stuck =
        ruleset.direction != Direction::long_only && ruleset.short_side.entry && !ruleset.short_side.exit;
    return !long_stuck && !short_stuck;
}

}  // namespace evolve
