#include "core/series/findings.hpp"

#include <algorithm>
#include <array>

namespace evolve {
namespace {

constexpr std::array<std::string_view, finding_kinds> names{"accepted",
                                                            "banner",
                                                            "column_chosen",
                                                            "column_ignored",
                                                            "unsorted",
                                                            "malformed",
                                                            "blank",
                                                            "bad_timestamp",
                                                            "bad_number",
                                                            "not_finite",
                                                            "out_of_range",
                                                            "negative",
                                                            "broken_ohlc",
                                                            "duplicate_identical",
                                                            "duplicate_conflict",
                                                            "timeframe_mismatch",
                                                            "misaligned",
                                                            "gap",
                                                            "holiday",
                                                            "timezone_shift",
                                                            "jump",
                                                            "flat_run"};

}  // namespace

std::string_view to_string(FindingKind kind) { return names[static_cast<std::size_t>(kind)]; }

void Findings::add_to_rest(Group& group, std::size_t line, std::size_t rows) {
    group.first_line = group.more == 0 ? line : std::min(group.first_line, line);
    group.last_line = group.more == 0 ? line : std::max(group.last_line, line);
    ++group.more;
    group.more_rows += rows;
}

std::vector<Finding> Findings::take() {
    std::vector<Finding> all;
    for (std::size_t kind = 0; kind < groups_.size(); ++kind) {
        Group& group = groups_[kind];
        const bool alone = group.kept.empty();
        for (Finding& finding : group.kept) all.push_back(std::move(finding));
        if (group.more > 0) {
            all.push_back({static_cast<FindingKind>(kind), 0,
                           std::to_string(group.more) + (alone ? "" : " more") + ", from " + unit_ + " " +
                               std::to_string(group.first_line) + " to " + unit_ + " " +
                               std::to_string(group.last_line),
                           group.more_rows});
        }
        group = {};
    }
    return all;
}

std::string excerpt(std::string_view text) {
    constexpr std::size_t longest = 60;
    const bool cut = text.size() > longest;
    if (cut) {
        std::size_t end = longest;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
        text = text.substr(0, end);
    }
    std::string out(text);
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    return cut ? out + "..." : out;
}

}  // namespace evolve
