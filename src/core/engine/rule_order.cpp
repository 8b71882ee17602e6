#include "core/engine/rule_order.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace evolve {
namespace {

// Rules that are ordered together: the time to do it grows with the square.
constexpr std::size_t most_rules = 2048;

// The outputs of indicators that each item reads, directly or not.
std::vector<std::vector<StepId>> columns_of_items(const Program& program, std::span<const std::vector<StepId>> items,
                                                  const Store& given) {
    std::vector<std::vector<StepId>> result(items.size());
    std::vector<std::uint32_t> seen(program.steps.size(), 0);
    for (std::size_t i = 0; i < items.size(); ++i) {
        std::vector<StepId> open = items[i];
        while (!open.empty()) {
            const StepId id = open.back();
            open.pop_back();
            if (id == no_step || seen[id] == i + 1 || given.holds(id)) continue;
            seen[id] = static_cast<std::uint32_t>(i + 1);
            if (program.steps[id].kind == Step::Kind::output) result[i].push_back(id);
            for (const Operand operand : program.steps[id].args) open.push_back(operand.step);
        }
    }
    return result;
}

class Ordering {
public:
    Ordering(std::vector<std::vector<StepId>> columns, std::size_t steps, std::size_t most_columns)
        : columns_(std::move(columns)),
          readers_(steps),
          held_(steps, 0),
          missing_(columns_.size()),
          done_(columns_.size(), 0),
          most_columns_(most_columns) {
        for (std::uint32_t rule = 0; rule < columns_.size(); ++rule)
            for (const StepId column : columns_[rule]) readers_[column].push_back(rule);
    }

    bool fit_into(std::size_t columns) const {
        return static_cast<std::size_t>(std::count_if(readers_.begin(), readers_.end(),
                                                      [](const auto& rules) { return !rules.empty(); })) <= columns;
    }

    // Rules [first, last): next is always the one that needs the fewest new columns, of equal ones the first.
    void run(std::uint32_t first, std::uint32_t last, const Control& control, RuleOrder& into) {
        forget(first, last);
        bool begins = true;
        for (std::uint32_t left = last - first; left > 0;) {
            control.check();
            std::uint32_t best = last;
            for (std::uint32_t rule = first; rule < last; ++rule)
                if (done_[rule] == 0 && (best == last || missing_[rule] < missing_[best])) best = rule;
            if (!begins && set_.size() + missing_[best] > most_columns_) {
                forget(first, last);
                begins = true;
                continue;
            }
            take(best);
            into.rules.push_back(best);
            into.begins.push_back(begins ? 1 : 0);
            begins = false;
            --left;
        }
    }

private:
    // Empties the set; what rules [first, last) miss is right afterwards.
    void forget(std::uint32_t first, std::uint32_t last) {
        for (const StepId column : set_) held_[column] = 0;
        set_.clear();
        for (std::uint32_t rule = first; rule < last; ++rule) missing_[rule] = columns_[rule].size();
    }

    void take(std::uint32_t rule) {
        done_[rule] = 1;
        for (const StepId column : columns_[rule]) {
            if (held_[column]++ != 0) continue;
            set_.push_back(column);
            for (const std::uint32_t reader : readers_[column]) --missing_[reader];
        }
    }

    std::vector<std::vector<StepId>> columns_;         // by rule
    std::vector<std::vector<std::uint32_t>> readers_;  // by column
    std::vector<std::uint32_t> held_;                  // by column: whether it is in the set
    std::vector<StepId> set_;
    std::vector<std::size_t> missing_;  // by rule: its columns that are not in the set
    std::vector<std::uint8_t> done_;
    std::size_t most_columns_;
};

}  // namespace

RuleOrder order_items(const Program& program, std::span<const std::vector<StepId>> items, std::size_t most_columns,
                      std::size_t plenty, const Store& given, const Control& control) {
    const auto count = static_cast<std::uint32_t>(items.size());
    RuleOrder result;
    Ordering ordering(columns_of_items(program, items, given), program.steps.size(), most_columns);
    if (ordering.fit_into(plenty)) {
        result.rules.resize(count);
        std::iota(result.rules.begin(), result.rules.end(), 0);
        result.begins.assign(count, 0);
        return result;
    }
    for (std::uint32_t first = 0; first < count; first += most_rules)
        ordering.run(first, std::min<std::uint32_t>(count, first + most_rules), control, result);
    return result;
}

std::vector<Chunk> chunks_of(const RuleOrder& order, std::size_t most) {
    std::vector<Chunk> chunks;
    for (std::size_t i = 0; i < order.rules.size(); ++i) {
        if (i == 0 || order.begins[i] != 0 || chunks.back().count == most) chunks.push_back({i, 0});
        ++chunks.back().count;
    }
    return chunks;
}

}  // namespace evolve
