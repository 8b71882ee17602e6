// Reads the golden series and columns of EVOLVE_DATA_DIR: CSV with a header, first column ts (ISO, UTC), blank = NaN.
#pragma once

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/series/bars.hpp"

namespace evolve::test {

inline std::filesystem::path data_dir() { return EVOLVE_DATA_DIR; }
inline std::filesystem::path golden_dir() { return data_dir() / "golden"; }

inline constexpr const char* no_data_message =
    "the data folder EVOLVE_DATA_DIR is missing: golden numbers not compared";

// In a test's body: skips it where the data folder is not there.
#define EVOLVE_NEED_GOLDEN()                                                             \
    if (!std::filesystem::exists(evolve::test::golden_dir())) {                          \
        GTEST_SKIP() << evolve::test::no_data_message << " (" << EVOLVE_DATA_DIR << ")"; \
    }                                                                                    \
    static_assert(true)

// Text of a file; .gz is unpacked. Throws when it cannot be read.
inline std::string read_text(const std::filesystem::path& path) {
    std::ostringstream text;
    if (path.extension() == ".gz") {
        FILE* pipe = popen(("zcat '" + path.string() + "'").c_str(), "r");
        if (pipe == nullptr) throw std::runtime_error("cannot run zcat for " + path.string());
        char buffer[1 << 16];
        for (std::size_t count; (count = fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
            text.write(buffer, static_cast<std::streamsize>(count));
        }
        if (pclose(pipe) != 0) throw std::runtime_error("cannot unpack " + path.string());
        return text.str();
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path.string());
    text << file.rdbuf();
    return text.str();
}

// A number as the golden files spell it; blank, NaN and anything that is no number give NaN.
inline double parse_golden_number(std::string_view text) {
    double value = std::numeric_limits<double>::quiet_NaN();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::numeric_limits<double>::quiet_NaN();
    return value;
}

// "2017-01-03" or "2017-01-03T00:00:00Z" (a space for the T is fine), UTC.
inline Timestamp parse_golden_ts(const std::string& text) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    const int fields = std::sscanf(text.c_str(), "%d-%d-%d%*c%d:%d:%d", &year, &month, &day, &hour, &minute, &second);
    if (fields != 3 && fields != 6) throw std::runtime_error("not a timestamp: " + text);
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    const auto days = std::chrono::sys_days(date).time_since_epoch().count();
    return static_cast<Timestamp>(days) * microseconds_per_day +
           (static_cast<Timestamp>(hour) * 3600 + minute * 60 + second) * microseconds_per_second;
}

struct GoldenTable {
    std::vector<std::string> names;               // header without ts
    std::vector<Timestamp> ts;                    // empty when the first column is not ts
    std::vector<std::vector<double>> columns;     // numbers, one vector a name
    std::vector<std::vector<std::string>> texts;  // the same cells as written

    std::size_t rows() const { return columns.empty() ? ts.size() : columns[0].size(); }
    std::size_t index(std::string_view name) const {
        for (std::size_t k = 0; k < names.size(); ++k) {
            if (names[k] == name) return k;
        }
        throw std::runtime_error("no column " + std::string(name));
    }
    bool has(std::string_view name) const {
        for (const auto& other : names) {
            if (other == name) return true;
        }
        return false;
    }
    const std::vector<double>& operator[](std::string_view name) const { return columns[index(name)]; }
    const std::vector<std::string>& text(std::string_view name) const { return texts[index(name)]; }
};

namespace detail {

// Cells of one line; quotes around a cell are taken off (the files have no quoted line ends).
inline std::vector<std::string> split_csv(const std::string& line) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            cells.emplace_back();
        } else if (c != '\r') {
            cells.back() += c;
        }
    }
    return cells;
}

}  // namespace detail

// path relative to golden/
inline GoldenTable read_golden(const std::filesystem::path& path) {
    std::istringstream lines(read_text(golden_dir() / path));
    GoldenTable table;
    std::string line;
    if (!std::getline(lines, line)) throw std::runtime_error("empty file " + path.string());
    const std::vector<std::string> header = detail::split_csv(line);
    const std::size_t first = header[0] == "ts" ? 1 : 0;
    table.names.assign(header.begin() + static_cast<std::ptrdiff_t>(first), header.end());
    table.columns.resize(table.names.size());
    table.texts.resize(table.names.size());
    while (std::getline(lines, line)) {
        if (line.empty()) continue;
        std::vector<std::string> cells = detail::split_csv(line);
        if (cells.size() != header.size()) throw std::runtime_error("ragged line in " + path.string() + ": " + line);
        if (first == 1) table.ts.push_back(parse_golden_ts(cells[0]));
        for (std::size_t k = 0; k < table.names.size(); ++k) {
            table.columns[k].push_back(parse_golden_number(cells[first + k]));
            table.texts[k].push_back(std::move(cells[first + k]));
        }
    }
    return table;
}

// Bars of a series file without the rows that have a blank, and the row of the file that each bar is from.
struct GoldenBars {
    Bars bars;
    std::vector<std::size_t> row;
    std::size_t rows = 0;  // of the file
};

inline GoldenBars golden_bars(const GoldenTable& table) {
    GoldenBars result;
    result.rows = table.rows();
    const auto &open = table["open"], &high = table["high"], &low = table["low"], &close = table["close"],
               &volume = table["volume"];
    for (std::size_t i = 0; i < table.rows(); ++i) {
        if (std::isnan(open[i]) || std::isnan(high[i]) || std::isnan(low[i]) || std::isnan(close[i]) ||
            std::isnan(volume[i])) {
            continue;
        }
        result.bars.push_back({table.ts[i], open[i], high[i], low[i], close[i], volume[i]});
        result.row.push_back(i);
    }
    return result;
}

// path relative to golden/, e.g. "series/spy_1d.csv"
inline GoldenBars read_golden_bars(const std::filesystem::path& path) { return golden_bars(read_golden(path)); }

}  // namespace evolve::test
