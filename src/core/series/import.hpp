// The loader: a delimited file as it is found in the wild becomes clean bars and a report on everything that was
// read, refused or noticed. docs/bars.md documents the options and the report for users.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/control.hpp"
#include "core/series/bars.hpp"
#include "core/series/findings.hpp"
#include "core/series/timeframe.hpp"
#include "core/series/timestamp.hpp"

namespace evolve {

// Columns of a bar, also the keys of the option "columns".
enum class BarColumn : std::uint8_t { ts, open, high, low, close, volume };
inline constexpr std::array<std::string_view, 6> bar_columns{"ts", "open", "high", "low", "close", "volume"};

// Which row is kept when rows of one ts differ. Identical rows are one row under each.
enum class OnDuplicate {
    first,  // in the order of the file
    last,
    drop  // none of them
};

struct ImportOptions {
    // Where a column of the bar is found; neither set: by its usual names.
    struct Column {
        std::string name;        // of the file's header, without regard to case and punctuation
        std::size_t number = 0;  // 1-based
    };

    char delimiter = '\0';  // '\0': whichever of , ; tab | makes a header
    DateOrder date_order = DateOrder::automatic;
    int timezone_offset_minutes = 0;  // east of UTC, of times without a zone of their own; within 14 hours
    OnDuplicate on_duplicate = OnDuplicate::first;
    std::size_t max_details = 20;                      // findings of one kind that are listed one by one
    std::array<Column, bar_columns.size()> columns{};  // by BarColumn
};

// Reads {"delimiter": ";", "date_order": "day_first" | "month_first" | "automatic", "timezone_offset_minutes": 120,
// "on_duplicate": "first" | "last" | "drop", "max_details": 20, "columns": {"ts": "Gmt time", "close": 5}}; every key
// may be left out, an empty text means none. Throws Error syntax_error for text that is not JSON, unknown_name for an
// unknown key, invalid_option for a value that cannot be used.
ImportOptions parse_import_options(std::string_view json);

struct ImportResult {
    Bars bars;  // ascending, without duplicates, each without a bar_fault
    std::vector<Finding> report;
};

// Reads a whole file. Rows that make no good bar are refused and reported, never mended. The rows of findings with
// is_refusal(kind) and of `accepted` add up to the lines after the header that are not empty.
// Throws Error invalid_bars when no line names the columns, limit_exceeded when the rows need more than
// control.memory_limit, invalid_option for unusable options, interrupted.
ImportResult import_bars(std::string_view csv, Timeframe timeframe, const ImportOptions& options = {},
                         const Control& control = {});

}  // namespace evolve
