#include <nlohmann/json.hpp>

#include "core/series/import.hpp"

namespace evolve {
namespace {

using nlohmann::json;

constexpr std::string_view option_names =
    "delimiter, date_order, timezone_offset_minutes, on_duplicate, max_details, columns";

[[noreturn]] void refuse(const std::string& path, const std::string& what, std::string hint = {}) {
    throw Error(ErrorCode::invalid_option, what, path, std::move(hint));
}

std::string text_of(const json& value, const std::string& path) {
    if (!value.is_string()) refuse(path, "a text is expected");
    return value.get<std::string>();
}

// Compares before converting: get<> of a number out of range is undefined.
long long integer_of(const json& value, const std::string& path, long long lowest, long long highest) {
    const std::string range =
        "an integer from " + std::to_string(lowest) + " to " + std::to_string(highest) + " is expected";
    if (!value.is_number()) refuse(path, range);
    const double number = value.get<double>();
    if (!(number >= static_cast<double>(lowest) && number <= static_cast<double>(highest))) refuse(path, range);
    const auto integer = static_cast<long long>(number);
    if (static_cast<double>(integer) != number) refuse(path, range);
    return integer;
}

char delimiter_of(const json& value, const std::string& path) {
    const std::string text = text_of(value, path);
    if (text == "," || text == ";" || text == "|" || text == "\t") return text.front();
    if (text == "tab" || text == "\\t") return '\t';
    refuse(path, "unknown delimiter", "Delimiters: , ; | and tab.");
}

DateOrder date_order_of(const json& value, const std::string& path) {
    const std::string text = text_of(value, path);
    if (text == "automatic") return DateOrder::automatic;
    if (text == "day_first" || text == "dmy") return DateOrder::day_first;
    if (text == "month_first" || text == "mdy") return DateOrder::month_first;
    refuse(path, "unknown date order", "Date orders: automatic, day_first, month_first.");
}

OnDuplicate on_duplicate_of(const json& value, const std::string& path) {
    const std::string text = text_of(value, path);
    if (text == "first") return OnDuplicate::first;
    if (text == "last") return OnDuplicate::last;
    if (text == "drop") return OnDuplicate::drop;
    refuse(path, "unknown choice", "Choices: first, last, drop.");
}

void read_columns(const json& value, const std::string& path, ImportOptions& options) {
    if (!value.is_object()) refuse(path, "an object of column names is expected");
    for (const auto& [key, column] : value.items()) {
        const std::string at = path + "." + key;
        std::size_t index = 0;
        while (index < bar_columns.size() && bar_columns[index] != key) ++index;
        if (index == bar_columns.size()) {
            throw Error(ErrorCode::unknown_name, "unknown column \"" + key + "\"", at,
                        "Columns: ts, open, high, low, close, volume.");
        }
        if (column.is_number()) {
            options.columns[index].number = static_cast<std::size_t>(integer_of(column, at, 1, 10'000));
        } else {
            options.columns[index].name = text_of(column, at);
            if (options.columns[index].name.empty()) refuse(at, "a column needs a name or a number");
        }
    }
}

}  // namespace

ImportOptions parse_import_options(std::string_view text) {
    ImportOptions options;
    if (text.empty()) return options;
    const json parsed = json::parse(text, nullptr, false);
    if (parsed.is_discarded()) throw Error(ErrorCode::syntax_error, "import options are not valid JSON", "$");
    if (!parsed.is_object()) throw Error(ErrorCode::invalid_option, "import options must be a JSON object", "$");
    for (const auto& [key, value] : parsed.items()) {
        const std::string path = "$." + key;
        if (key == "delimiter") {
            options.delimiter = delimiter_of(value, path);
        } else if (key == "date_order") {
            options.date_order = date_order_of(value, path);
        } else if (key == "timezone_offset_minutes") {
            options.timezone_offset_minutes = static_cast<int>(integer_of(value, path, -840, 840));
        } else if (key == "on_duplicate") {
            options.on_duplicate = on_duplicate_of(value, path);
        } else if (key == "max_details") {
            options.max_details = static_cast<std::size_t>(integer_of(value, path, 0, 1'000'000));
        } else if (key == "columns") {
            read_columns(value, path, options);
        } else {
            throw Error(ErrorCode::unknown_name, "unknown import option \"" + key + "\"", path,
                        "Options: " + std::string(option_names) + ".");
        }
    }
    return options;
}

}  // namespace evolve
