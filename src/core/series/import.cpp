#include "core/series/import.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

#include "core/base/number.hpp"
#include "core/series/bars_check.hpp"
#include "core/series/csv.hpp"
#include "core/series/import_layout.hpp"
#include "core/series/series_check.hpp"

namespace evolve {
namespace {

struct Row {
    Bar bar;
    std::size_t line;
};

std::array<double, 5> values_of(const Bar& bar) { return {bar.open, bar.high, bar.low, bar.close, bar.volume}; }

// How files write that a value is not there.
bool is_blank_value(std::string_view text) {
    constexpr std::string_view blanks[] = {"null", "nan", "na", "n/a", "#n/a", "none", "nil", "nat", "-", "--"};
    if (text.empty()) return true;
    if (text.size() > 4) return false;
    char lower[4];
    std::transform(text.begin(), text.end(), lower,
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const std::string_view folded(lower, text.size());
    return std::find(std::begin(blanks), std::end(blanks), folded) != std::end(blanks);
}

std::optional<double> parse_value(std::string_view text) {
    if (text.front() == '+' && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value + 0.0;  // -0 becomes 0
}

FindingKind kind_of(std::string_view fault) {
    for (const FindingKind kind : {FindingKind::not_finite, FindingKind::out_of_range, FindingKind::negative}) {
        if (to_string(kind) == fault) return kind;
    }
    return FindingKind::broken_ohlc;
}

// Turns the lines of a file into rows with good bars, in the order of the file, and reports the other lines.
class RowReader {
public:
    RowReader(std::string_view csv, const ImportLayout& layout, const ImportOptions& options, Findings& findings,
              const Control& control)
        : csv_(csv),
          layout_(layout),
          options_(options),
          findings_(findings),
          control_(control),
          date_order_(options.date_order) {}

    std::vector<Row> read() {
        CsvLines lines(csv_);
        while (lines.next()) {
            line_ = lines.number();
            if (line_ % bars_per_poll == 0) control_.check();
            if (line_ >= layout_.first_data_line && !trim_blanks(lines.line()).empty()) read_line(lines.line());
        }
        return std::move(rows_);
    }

private:
    void read_line(std::string_view line) {
        if (!split(line)) return;
        if (report_blanks()) return;
        Row row{{}, line_};
        if (!read_time(row.bar.ts) || !read_values(row.bar)) return;
        if (const std::string_view fault = bar_fault(row.bar); !fault.empty()) {
            findings_.add(kind_of(fault), line_, 1, [&] { return describe_bar_fault(row.bar); });
            return;
        }
        if ((rows_.size() + 1) * (sizeof(Row) + sizeof(Bar)) > control_.memory_limit) {
            throw Error(
                ErrorCode::limit_exceeded, "the file has too many rows to load at once",
                "line " + std::to_string(line_),
                "Raise evolve.work_mem or load the file in parts; " + std::to_string(rows_.size()) + " rows fit.");
        }
        rows_.push_back(row);
    }

    bool split(std::string_view line) {
        const bool closed = split_fields(line, layout_.delimiter, fields_);
        const std::size_t count = fields_.size();
        while (closed && fields_.size() > layout_.width && fields_.back().empty()) fields_.pop_back();
        if (closed && fields_.size() == layout_.width) return true;
        findings_.add(FindingKind::malformed, line_, 1, [&] {
            if (line.size() > longest_line) return "a line of " + std::to_string(line.size()) + " bytes";
            if (!closed) return "a quoted field does not end: " + excerpt(line);
            return std::to_string(count) + " fields instead of " + std::to_string(layout_.width) + ": " + excerpt(line);
        });
        return false;
    }

    std::string_view field(BarColumn column) const {
        return fields_[*layout_.fields[static_cast<std::size_t>(column)]];
    }

    bool report_blanks() {
        const auto blank = [&](std::optional<std::size_t> field) { return field && is_blank_value(fields_[*field]); };
        const bool any = std::any_of(layout_.fields.begin(), layout_.fields.end(), blank) || blank(layout_.time_field);
        if (!any) return false;
        findings_.add(FindingKind::blank, line_, 1, [&] {
            std::string names;
            for (std::size_t c = 0; c < bar_columns.size(); ++c) {
                if (!blank(layout_.fields[c]) && (c != 0 || !blank(layout_.time_field))) continue;
                names += (names.empty() ? "" : ", ") + std::string(bar_columns[c]);
            }
            return "no value for " + names;
        });
        return true;
    }

    bool read_time(Timestamp& ts) {
        std::string_view text = field(BarColumn::ts);
        if (layout_.time_field) {
            joined_.assign(text).append(" ").append(fields_[*layout_.time_field]);
            text = joined_;
        }
        TimeReading reading = parse_timestamp(text, date_order_, options_.timezone_offset_minutes);
        if (reading.fault == TimeFault::ambiguous && !order_searched_) {
            find_date_order();
            reading = parse_timestamp(text, date_order_, options_.timezone_offset_minutes);
        }
        ts = reading.ts;
        if (reading.fault == TimeFault::none) return true;
        const bool range = reading.fault == TimeFault::out_of_range;
        findings_.add(range ? FindingKind::out_of_range : FindingKind::bad_timestamp, line_, 1, [&] {
            const std::string shown = "\"" + excerpt(text) + "\"";
            if (range) return "the time " + shown + " is outside the years 1900 to 2200";
            if (reading.fault == TimeFault::unreadable) return shown + " is not a time";
            return shown + " may be day or month first: give the option date_order";
        });
        return false;
    }

    // One date that can only be read one way settles all of them, unless another one contradicts it.
    void find_date_order() {
        order_searched_ = true;
        std::vector<std::string_view> fields;
        std::size_t proof = 0;
        std::string proof_text;
        CsvLines lines(csv_);
        while (lines.next()) {
            if (lines.number() % bars_per_poll == 0) control_.check();
            if (lines.number() < layout_.first_data_line) continue;
            if (!split_fields(lines.line(), layout_.delimiter, fields) || fields.size() < layout_.width) continue;
            const std::string_view text = fields[*layout_.fields.front()];
            const DateOrder order = proven_date_order(text);
            if (order == DateOrder::automatic || order == date_order_) continue;
            if (proof != 0) {
                date_order_ = DateOrder::automatic;
                return;
            }
            date_order_ = order;
            proof = lines.number();
            proof_text = excerpt(text);
        }
        if (proof == 0) return;
        const std::string name = date_order_ == DateOrder::day_first ? "day first" : "month first";
        findings_.add(FindingKind::column_chosen, proof, 0,
                      [&] { return "dates are read " + name + " because of \"" + proof_text + "\""; });
    }

    bool read_values(Bar& bar) {
        double* const targets[] = {&bar.open, &bar.high, &bar.low, &bar.close, &bar.volume};
        bar.volume = 0;
        for (std::size_t c = 1; c < bar_columns.size(); ++c) {
            if (!layout_.fields[c]) continue;
            const std::string_view text = fields_[*layout_.fields[c]];
            const std::optional<double> value = parse_value(text);
            if (!value) {
                findings_.add(FindingKind::bad_number, line_, 1, [&] {
                    return std::string(bar_columns[c]) + " \"" + excerpt(text) + "\" is not a number";
                });
                return false;
            }
            *targets[c - 1] = *value;
        }
        return true;
    }

    std::string_view csv_;
    const ImportLayout& layout_;
    const ImportOptions& options_;
    Findings& findings_;
    const Control& control_;
    DateOrder date_order_;
    bool order_searched_ = false;
    std::size_t line_ = 0;
    std::vector<std::string_view> fields_{};
    std::string joined_{};
    std::vector<Row> rows_{};
};

void sort_rows(std::vector<Row>& rows, Findings& findings) {
    std::size_t descents = 0, ascents = 0, first = 0;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (rows[i].bar.ts > rows[i - 1].bar.ts) ++ascents;
        if (rows[i].bar.ts >= rows[i - 1].bar.ts) continue;
        if (descents++ == 0) first = rows[i].line;
    }
    if (descents == 0) return;
    findings.add_single(FindingKind::unsorted, first, descents,
                        ascents == 0 ? "newest first"
                                     : std::to_string(descents) + (descents == 1 ? " row is" : " rows are") +
                                           " earlier than the one before");
    std::sort(rows.begin(), rows.end(),
              [](const Row& a, const Row& b) { return a.bar.ts != b.bar.ts ? a.bar.ts < b.bar.ts : a.line < b.line; });
}

bool same_values(const Row& a, const Row& b) { return values_of(a.bar) == values_of(b.bar); }

// "2020-10-01T21:00:00Z: volume 1258.54 here, 1258.540215 in line 4"
std::string describe_conflict(const Row& row, const Row& other) {
    const std::array<double, 5> here = values_of(row.bar), there = values_of(other.bar);
    std::size_t i = 0;
    while (i + 1 < here.size() && here[i] == there[i]) ++i;
    return format_timestamp(row.bar.ts) + ": " + std::string(bar_columns[i + 1]) + " " + format_number(here[i]) +
           " here, " + format_number(there[i]) + " in line " + std::to_string(other.line);
}

// Rows of one ts, in the order of the file. Index of the one to keep; nullopt when none may be.
std::optional<std::size_t> choose(std::span<const Row> same, OnDuplicate rule, Findings& findings) {
    const std::size_t keep = rule == OnDuplicate::last ? same.size() - 1 : 0;
    const bool conflict =
        std::any_of(same.begin(), same.end(), [&](const Row& row) { return !same_values(row, same[keep]); });
    if (conflict && rule == OnDuplicate::drop) {
        const Row& first = same.front();
        const Row& differing =
            *std::find_if(same.begin(), same.end(), [&](const Row& row) { return !same_values(row, first); });
        for (const Row& row : same) {
            const Row& other = same_values(row, first) ? differing : first;
            findings.add(FindingKind::duplicate_conflict, row.line, 1,
                         [&] { return describe_conflict(row, other) + "; none is kept"; });
        }
        return std::nullopt;
    }
    for (std::size_t i = 0; i < same.size(); ++i) {
        if (i == keep) continue;
        if (same_values(same[i], same[keep])) {
            findings.add(FindingKind::duplicate_identical, same[i].line, 1, [&] {
                return format_timestamp(same[i].bar.ts) + ": the same as line " + std::to_string(same[keep].line);
            });
        } else {
            findings.add(FindingKind::duplicate_conflict, same[i].line, 1,
                         [&] { return describe_conflict(same[i], same[keep]) + ", which is kept"; });
        }
    }
    return keep;
}

void check_options(const ImportOptions& options) {
    if (options.timezone_offset_minutes < -840 || options.timezone_offset_minutes > 840) {
        throw Error(ErrorCode::invalid_option, "timezone_offset_minutes must be within 14 hours");
    }
    if (options.delimiter != '\0' && std::string_view(",;\t|").find(options.delimiter) == std::string_view::npos) {
        throw Error(ErrorCode::invalid_option, "unknown delimiter", {}, "Delimiters: , ; | and tab.");
    }
}

}  // namespace

ImportResult import_bars(std::string_view csv, Timeframe timeframe, const ImportOptions& options,
                         const Control& control) {
    check_options(options);
    Findings findings(options.max_details);
    const ImportLayout layout = find_layout(csv, options, findings);
    std::vector<Row> rows = RowReader(csv, layout, options, findings, control).read();
    sort_rows(rows, findings);
    ImportResult result;
    std::vector<std::size_t> lines;
    for (std::size_t i = 0; i < rows.size();) {
        if (lines.size() % bars_per_poll == 0) control.check();
        std::size_t end = i + 1;
        while (end < rows.size() && rows[end].bar.ts == rows[i].bar.ts) ++end;
        const std::span<const Row> same(rows.data() + i, end - i);
        if (const std::optional<std::size_t> keep = choose(same, options.on_duplicate, findings)) {
            result.bars.push_back(same[*keep].bar);
            lines.push_back(same[*keep].line);
        }
        i = end;
    }
    rows = {};
    check_series(result.bars.view(), timeframe, lines, findings, control);
    result.report = findings.take();
    return result;
}

}  // namespace evolve
