// What the loader and the series report have to say: a list of findings with a limited number of details a kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evolve {

// In the order of the report. docs/bars.md explains each.
enum class FindingKind : std::uint8_t {
    accepted,
    // About the file.
    banner,
    column_chosen,
    column_ignored,
    unsorted,
    // Rows that were refused.
    malformed,
    blank,
    bad_timestamp,
    bad_number,
    not_finite,
    out_of_range,
    negative,
    broken_ohlc,
    duplicate_identical,
    duplicate_conflict,
    // About the series that was accepted.
    timeframe_mismatch,
    misaligned,
    gap,
    holiday,
    timezone_shift,
    jump,
    flat_run
};
inline constexpr std::size_t finding_kinds = static_cast<std::size_t>(FindingKind::flat_run) + 1;

std::string_view to_string(FindingKind kind);

// True for the kinds whose rows were refused: accepted and refused rows add up to the data rows of a file.
constexpr bool is_refusal(FindingKind kind) {
    return kind >= FindingKind::malformed && kind <= FindingKind::duplicate_conflict;
}

struct Finding {
    FindingKind kind;
    std::size_t line;    // 1-based line of the file (bar of the series); 0: the whole of it
    std::string detail;  // one line of text
    std::size_t rows;    // how many rows it concerns; for gap and holiday the number of missing bars
};

class Findings {
public:
    // At most max_details findings of a kind are kept one by one; the others are counted in one more. `unit`: what
    // their lines count.
    explicit Findings(std::size_t max_details, std::string_view unit = "line")
        : max_details_(max_details), unit_(unit) {}

    // `detail` is called only when its text will be kept: a file of bad rows costs no time on texts.
    template <typename Detail>
    void add(FindingKind kind, std::size_t line, std::size_t rows, const Detail& detail) {
        Group& group = groups_[static_cast<std::size_t>(kind)];
        if (group.kept.size() < max_details_) {
            group.kept.push_back({kind, line, std::string(detail()), rows});
        } else {
            add_to_rest(group, line, rows);
        }
    }
    // A finding of which a file has one at most: kept whatever max_details is.
    void add_single(FindingKind kind, std::size_t line, std::size_t rows, std::string detail) {
        groups_[static_cast<std::size_t>(kind)].kept.push_back({kind, line, std::move(detail), rows});
    }

    std::size_t max_details() const { return max_details_; }

    // Everything, kind by kind, each kind in the order of adding and the rest of it last.
    std::vector<Finding> take();

private:
    struct Group {
        std::vector<Finding> kept;
        std::size_t more = 0, more_rows = 0, first_line = 0, last_line = 0;
    };
    static void add_to_rest(Group& group, std::size_t line, std::size_t rows);

    std::size_t max_details_;
    std::string unit_;
    std::vector<Group> groups_ = std::vector<Group>(finding_kinds);
};

// At most 60 bytes of a file's text for a message: control characters become blanks, a cut is marked and never splits
// a UTF-8 character.
std::string excerpt(std::string_view text);

}  // namespace evolve
