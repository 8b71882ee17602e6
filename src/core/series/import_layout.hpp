// Where a file keeps its bars: delimiter, header line and columns. A part of import.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "core/series/findings.hpp"
#include "core/series/import.hpp"

namespace evolve {

struct ImportLayout {
    char delimiter = ',';
    std::size_t first_data_line = 0;  // every line before it is a banner, the header or empty
    std::size_t width = 0;            // fields of a row
    // Field of each BarColumn; only volume may have none.
    std::array<std::optional<std::size_t>, bar_columns.size()> fields{};
    std::optional<std::size_t> time_field{};  // the time of day when ts is only the date
};

// Finds the header among the first lines (or, when every needed column is given by its number, the first line that
// holds a time where one should be) and reports banners and columns. Throws Error invalid_bars with what was found
// instead.
ImportLayout find_layout(std::string_view csv, const ImportOptions& options, Findings& findings);

}  // namespace evolve
