#include <cmath>

#include "core/base/number.hpp"
#include "core/ruleset/language.hpp"
#include "core/ruleset/names.hpp"
#include "core/ruleset/wording.hpp"

namespace evolve {
namespace {

class Explanation {
public:
    explicit Explanation(const Ruleset& ruleset)
        : ruleset_(ruleset),
          words_(ruleset.parameters),
          long_on_(ruleset.direction != Direction::short_only && ruleset.long_side.entry),
          short_on_(ruleset.direction != Direction::long_only && ruleset.short_side.entry) {}

    std::string text() {
        if (long_on_) side("long", ruleset_.long_side);
        if (short_on_) side("short", ruleset_.short_side);
        if (long_on_ && short_on_) say("An entry signal of the other side reverses an open position");
        levels();
        bars();
        sizing();
        market();
        parameters();
        return std::move(text_);
    }

private:
    void say(std::string sentence) {
        if (!text_.empty()) text_ += ' ';
        text_ += std::move(sentence) + ".";
    }
    void side(const std::string& name, const Side& side) {
        say("Goes " + name + " when " + words_.rule(*side.entry));
        if (side.exit) say("Closes the " + name + " position when " + words_.rule(*side.exit));
    }
    // "below the entry price": for the loss, above for the gain of a long position.
    std::string beyond(bool loss) const {
        if (long_on_ != short_on_) return long_on_ == loss ? " below the entry price" : " above the entry price";
        return loss ? " beyond the entry price, against the position" : " beyond the entry price, in favour of it";
    }
    std::string distance(const ExitLevel& level) const {
        if (level.kind == ExitLevel::Kind::percent) return words_.plain(level.distance, " %");
        return words_.plain(level.distance) + " times the " + words_.plain(level.period, "-bar") +
               " average true range";
    }
    void levels();
    void bars();
    void sizing();
    void market();
    void parameters();

    const Ruleset& ruleset_;
    Wording words_;
    bool long_on_, short_on_;
    std::string text_;
};

void Explanation::levels() {
    if (ruleset_.stop_loss) say("A stop-loss sits " + distance(*ruleset_.stop_loss) + beyond(true));
    if (ruleset_.take_profit) say("Profit is taken " + distance(*ruleset_.take_profit) + beyond(false));
    if (ruleset_.trailing_stop) {
        say("A trailing stop follows " + distance(*ruleset_.trailing_stop) + " behind the best price since the entry");
    }
}

void Explanation::bars() {
    if (ruleset_.max_bars) say("No position is held longer than " + words_.bars(*ruleset_.max_bars));
    const bool ways_out = ruleset_.stop_loss || ruleset_.take_profit || ruleset_.trailing_stop || ruleset_.max_bars ||
                          (long_on_ && short_on_) || (long_on_ && ruleset_.long_side.exit) ||
                          (short_on_ && ruleset_.short_side.exit);
    if (!ways_out) say("Nothing closes the position: it is held to the end");
    const auto& wait = ruleset_.cooldown_bars;
    if (wait && *wait != Node::number(0)) {
        say("After an exit it waits " + words_.bars(*wait) + " before it looks for an entry again");
    }
}

void Explanation::sizing() {
    if (!ruleset_.sizing) return;
    const Node& amount = ruleset_.sizing->amount;
    switch (ruleset_.sizing->kind) {
        case Sizing::Kind::all_in:
            return say("Each trade uses all the cash");
        case Sizing::Kind::units:
            return say("Each trade is for " + words_.plain(amount, " units"));
        default:
            break;
    }
    // A percentage reads better; 0.07 times 100 is rounded to what was meant.
    if (amount.op == Op::constant) {
        return say("Each trade uses " + format_number(std::round(amount.value * 1e8) / 1e6) + " % of the cash");
    }
    say("Each trade uses a fraction of " + words_.plain(amount) + " of the cash");
}

void Explanation::market() {
    if (ruleset_.symbols.empty() && !ruleset_.timeframe) return;
    std::string sentence = "Made for ";
    if (!ruleset_.symbols.empty()) {
        const std::vector<std::string_view> symbols(ruleset_.symbols.begin(), ruleset_.symbols.end());
        sentence += listed(symbols);
        if (ruleset_.timeframe) sentence += " on ";
    }
    if (ruleset_.timeframe) sentence += std::string(to_string(*ruleset_.timeframe)) + " bars";
    say(std::move(sentence));
}

void Explanation::parameters() {
    std::string ranges;
    for (const auto& [name, parameter] : ruleset_.parameters) {
        if (!parameter.minimum || !parameter.maximum || !parameter.step) continue;
        if (!ranges.empty()) ranges += ", ";
        ranges += name + " from " + format_number(*parameter.minimum) + " to " + format_number(*parameter.maximum) +
                  " in steps of " + format_number(*parameter.step);
    }
    if (!ranges.empty()) say("May be tuned: " + ranges);
}

}  // namespace

std::string explain(const Ruleset& ruleset) { return Explanation(ruleset).text(); }

}  // namespace evolve
