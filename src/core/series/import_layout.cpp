#include "core/series/import_layout.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/series/csv.hpp"

namespace evolve {
namespace {

using Fields = std::vector<std::string_view>;

constexpr std::size_t lines_searched = 100;     // not counting empty ones
constexpr std::size_t longest_header = 16'384;  // bytes
constexpr std::string_view delimiters = ",;\t|";

struct Alias {
    std::string_view name;  // as plain() gives it
    BarColumn column;
    int rank;  // of several, the lowest is chosen, then the leftmost
};

// A ts that says what it is comes before dates and times that may be local or only a part of the time.
constexpr Alias aliases[] = {
    {"ts", BarColumn::ts, 0},
    {"timestamp", BarColumn::ts, 1},
    {"unix", BarColumn::ts, 1},
    {"unixtime", BarColumn::ts, 1},
    {"unixtimestamp", BarColumn::ts, 1},
    {"epoch", BarColumn::ts, 1},
    {"opentime", BarColumn::ts, 2},
    {"utc", BarColumn::ts, 2},
    {"utctime", BarColumn::ts, 2},
    {"timeutc", BarColumn::ts, 2},
    {"dateutc", BarColumn::ts, 2},
    {"datetimeutc", BarColumn::ts, 2},
    {"timestamputc", BarColumn::ts, 2},
    {"gmttime", BarColumn::ts, 2},
    {"datetime", BarColumn::ts, 3},
    {"date", BarColumn::ts, 4},
    {"time", BarColumn::ts, 5},
    {"t", BarColumn::ts, 6},
    {"open", BarColumn::open, 0},
    {"o", BarColumn::open, 1},
    {"high", BarColumn::high, 0},
    {"h", BarColumn::high, 1},
    {"low", BarColumn::low, 0},
    {"l", BarColumn::low, 1},
    {"close", BarColumn::close, 0},
    {"c", BarColumn::close, 1},
    {"volume", BarColumn::volume, 0},
    {"vol", BarColumn::volume, 1},
    {"v", BarColumn::volume, 1},
    {"basevolume", BarColumn::volume, 2},
    {"volumebase", BarColumn::volume, 2},
    {"volumefrom", BarColumn::volume, 2},
    {"realvolume", BarColumn::volume, 2},
    {"tickvolume", BarColumn::volume, 4},
    {"tickvol", BarColumn::volume, 4},
};

// "Volume BTC" and "Volume USDT" of one file: what is traded comes before what it is paid with.
constexpr int rank_volume_of_asset = 3;
constexpr int rank_volume_of_money = 5;
constexpr std::string_view monies[] = {"usd", "usdt", "usdc", "busd", "tusd", "fdusd", "dai", "eur", "gbp", "jpy",
                                       "krw", "try",  "brl",  "aud",  "cad",  "chf",   "cny", "inr", "rub", "quote"};

// Letters and digits only, in lower case: "<OPEN>", "Tick Volume" and "tick_volume" are open and tickvolume.
std::string plain(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z') {
            out += static_cast<char>(c - 'A' + 'a');
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) {
            out += c;
        }
    }
    return out;
}

// -1: the name means no such column.
int rank_of(std::string_view name, BarColumn column) {
    for (const Alias& alias : aliases) {
        if (alias.column == column && alias.name == name) return alias.rank;
    }
    constexpr std::string_view prefix = "volume";
    if (column != BarColumn::volume || name.substr(0, prefix.size()) != prefix) return -1;
    const std::string_view asset = name.substr(prefix.size());
    if (asset.size() < 2 || asset.size() > 6) return -1;
    const bool money = std::find(std::begin(monies), std::end(monies), asset) != std::end(monies);
    return money ? rank_volume_of_money : rank_volume_of_asset;
}

bool is_given(const ImportOptions::Column& column) { return column.number != 0 || !column.name.empty(); }

std::optional<std::size_t> find_column(const std::vector<std::string>& names, BarColumn column,
                                       const ImportOptions::Column& given) {
    if (given.number != 0) return given.number <= names.size() ? std::optional(given.number - 1) : std::nullopt;
    const std::string wanted = plain(given.name);
    std::optional<std::size_t> best;
    int best_rank = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const int rank = is_given(given) ? (names[i] == wanted ? 0 : -1) : rank_of(names[i], column);
        if (rank >= 0 && (!best || rank < best_rank)) {
            best = i;
            best_rank = rank;
        }
    }
    return best;
}

struct Match {
    ImportLayout layout{};
    Fields names{};         // as the file writes them
    std::size_t line = 0;   // of the header
    std::size_t found = 0;  // columns of the bar
    std::string missing{};  // names of those that are needed but not there
};

Match match_header(const Fields& fields, char delimiter, const ImportOptions& options) {
    Match match{.layout = {.delimiter = delimiter}, .names = fields};
    while (!match.names.empty() && match.names.back().empty()) match.names.pop_back();
    std::vector<std::string> names;
    for (const std::string_view name : match.names) names.push_back(plain(name));
    match.layout.width = names.size();
    for (std::size_t c = 0; c < bar_columns.size(); ++c) {
        const auto column = static_cast<BarColumn>(c);
        const ImportOptions::Column& given = options.columns[c];
        match.layout.fields[c] = find_column(names, column, given);
        if (match.layout.fields[c]) {
            ++match.found;
        } else if (column != BarColumn::volume || is_given(given)) {
            match.missing += (match.missing.empty() ? "" : ", ") + std::string(bar_columns[c]);
            if (!given.name.empty()) match.missing += " (\"" + excerpt(given.name) + "\")";
        }
    }
    const std::optional<std::size_t> ts = match.layout.fields[0];
    if (ts && !is_given(options.columns[0]) && names[*ts] == "date") {
        const auto time = std::find(names.begin(), names.end(), "time");
        if (time != names.end()) match.layout.time_field = static_cast<std::size_t>(time - names.begin());
    }
    return match;
}

// Every needed column is given by its number, and none by a name: the file need not have a header.
bool all_numbered(const ImportOptions& options) {
    return options.columns.back().name.empty() &&
           std::all_of(options.columns.begin(), options.columns.end() - 1,
                       [](const ImportOptions::Column& column) { return column.number != 0; });
}

// A file without a header: the row is as good as one when its ts can be read.
Match match_row(const Fields& fields, char delimiter, const ImportOptions& options) {
    Match match{.layout = {.delimiter = delimiter, .width = fields.size()}, .names = fields};
    for (std::size_t c = 0; c < bar_columns.size(); ++c) {
        const std::size_t number = options.columns[c].number;
        if (number == 0) continue;
        if (number > fields.size()) {
            match.missing += (match.missing.empty() ? "" : ", ") + std::string(bar_columns[c]);
        } else {
            match.layout.fields[c] = number - 1;
            ++match.found;
        }
    }
    const std::optional<std::size_t> ts = match.layout.fields[0];
    if (ts && parse_timestamp(fields[*ts], options.date_order, 0).fault == TimeFault::unreadable) {
        match.missing = "ts";
        match.found = 0;
    }
    return match;
}

// The best reading of one line over the delimiters that may apply.
Match match_line(std::string_view line, const ImportOptions& options) {
    Match best;
    best.missing = "ts";
    if (line.size() > longest_header) return best;
    Fields fields;
    for (const char delimiter : delimiters) {
        if (options.delimiter != '\0' && delimiter != options.delimiter) continue;
        if (!split_fields(line, delimiter, fields)) continue;
        Match match =
            all_numbered(options) ? match_row(fields, delimiter, options) : match_header(fields, delimiter, options);
        if (best.names.empty() || match.found > best.found) best = std::move(match);
    }
    return best;
}

void report_columns(const Match& match, Findings& findings) {
    const ImportLayout& layout = match.layout;
    const auto quoted = [&](std::size_t field) { return "\"" + excerpt(match.names[field]) + "\""; };
    for (std::size_t c = 0; c < bar_columns.size(); ++c) {
        const std::optional<std::size_t> field = layout.fields[c];
        if (!field || plain(match.names[*field]) == bar_columns[c]) continue;
        std::string detail = std::string(bar_columns[c]) + " is read from " + quoted(*field);
        if (c == 0 && layout.time_field) detail += " and " + quoted(*layout.time_field);
        findings.add(FindingKind::column_chosen, match.line, 0, [&] { return detail; });
    }
    for (std::size_t i = 0; i < match.names.size(); ++i) {
        const bool used =
            std::find(layout.fields.begin(), layout.fields.end(), std::optional(i)) != layout.fields.end();
        if (!used && layout.time_field != i) {
            findings.add(FindingKind::column_ignored, match.line, 0, [&] { return quoted(i); });
        }
    }
}

[[noreturn]] void refuse(const Match& best, const std::string& first_line, const ImportOptions& options) {
    std::string hint;
    if (first_line.empty()) {
        hint = "There is no line with text in it.";
    } else if (best.found == 0) {
        hint = "The text begins with \"" + first_line + "\".";
    } else {
        hint = "Line " + std::to_string(best.line) + " comes nearest: it lacks " + best.missing + ".";
    }
    if (all_numbered(options)) {
        throw Error(ErrorCode::invalid_bars, "no row has a time in the column given for ts", {}, hint);
    }
    throw Error(ErrorCode::invalid_bars, "no header names the columns ts, open, high, low and close", {},
                hint +
                    " Name the columns in a header line, or say where they are with the option columns, by name or, "
                    "for a file without a header, by number.");
}

}  // namespace

ImportLayout find_layout(std::string_view csv, const ImportOptions& options, Findings& findings) {
    Match best;
    std::vector<std::size_t> banners;
    std::vector<std::string_view> banner_texts;
    CsvLines lines(csv);
    while (banners.size() < lines_searched && lines.next()) {
        if (trim_blanks(lines.line()).empty()) continue;
        Match match = match_line(lines.line(), options);
        match.line = lines.number();
        if (match.missing.empty()) {
            for (std::size_t i = 0; i < banners.size(); ++i) {
                findings.add(FindingKind::banner, banners[i], 1, [&] { return excerpt(banner_texts[i]); });
            }
            const bool headless = all_numbered(options);
            match.layout.first_data_line = headless ? match.line : match.line + 1;
            if (!headless) report_columns(match, findings);
            if (!match.layout.fields.back()) {
                findings.add(FindingKind::column_chosen, headless ? 0 : match.line, 0,
                             [] { return "there is no volume: it is 0"; });
            }
            return match.layout;
        }
        if (match.found > best.found) best = match;
        banners.push_back(lines.number());
        banner_texts.push_back(lines.line());
    }
    refuse(best, banner_texts.empty() ? std::string() : excerpt(trim_blanks(banner_texts.front())), options);
}

}  // namespace evolve
