#include "core/schedule/cron.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/series/calendar.hpp"

namespace evolve {
namespace {

struct Field {
    std::string_view name;
    unsigned first;
    unsigned last;
    std::string_view names;  // three letters each, from `named_from`
    unsigned named_from;
};

constexpr std::array<Field, 5> fields{{
    {"minute", 0, 59, "", 0},
    {"hour", 0, 23, "", 0},
    {"day", 1, 31, "", 0},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec", 1},
    {"weekday", 0, 7, "sunmontuewedthufrisat", 0},
}};

struct Shorthand {
    std::string_view name;
    std::string_view expression;
};

constexpr std::array<Shorthand, 7> shorthands{{
    {"@hourly", "0 * * * *"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"},
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
}};

constexpr std::size_t longest_expression = 1000;
constexpr std::string_view hint =
    "Write minute hour day month weekday, as in \"*/8 * * * *\" or \"30 6 * * mon-fri\"; or @hourly, @daily, @weekly, "
    "@monthly, @yearly.";

[[noreturn]] void refuse(ErrorCode code, const std::string& message, std::string_view field) {
    throw Error(code, message, field.empty() ? "" : "the field of the " + std::string(field), std::string(hint));
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators, bool keep_empty) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find_first_of(separators);
        const std::string_view part = text.substr(0, end);
        if (keep_empty || !part.empty()) parts.push_back(part);
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

unsigned number(std::string_view text, std::string_view field) {
    unsigned value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') refuse(ErrorCode::syntax_error, "\"" + std::string(text) + "\" is no number", field);
        value = value * 10 + static_cast<unsigned>(c - '0');
        if (value > 1000)
            refuse(ErrorCode::out_of_range, "\"" + std::string(text) + "\" is out of the field's range", field);
    }
    if (text.empty()) refuse(ErrorCode::syntax_error, "a number is missing in a cron expression", field);
    return value;
}

unsigned value_of(std::string_view text, const Field& field) {
    if (text.size() == 3 && !field.names.empty() && (text[0] < '0' || text[0] > '9')) {
        for (std::size_t at = 0; at < field.names.size(); at += 3)
            if (field.names.substr(at, 3) == text) return field.named_from + static_cast<unsigned>(at / 3);
        refuse(ErrorCode::unknown_name, "\"" + std::string(text) + "\" is no name of a " + std::string(field.name),
               field.name);
    }
    const unsigned value = number(text, field.name);
    if (value < field.first || value > field.last)
        refuse(
            ErrorCode::out_of_range,
            std::to_string(value) + " is not from " + std::to_string(field.first) + " to " + std::to_string(field.last),
            field.name);
    return value;
}

// One element of a list: *, 5, 5-7, each with or without /step.
std::uint64_t parse_element(std::string_view text, const Field& field) {
    const std::size_t slash = text.find('/');
    const std::string_view range = text.substr(0, slash);
    unsigned from = field.first;
    unsigned to = field.name == "weekday" ? 6 : field.last;
    if (range != "*") {
        const std::size_t dash = range.find('-');
        from = value_of(range.substr(0, dash), field);
        if (dash != std::string_view::npos)
            to = value_of(range.substr(dash + 1), field);
        else if (slash == std::string_view::npos)
            to = from;
        // fri-sun: Sunday ends a week as 7 and begins it as 0.
        if (field.name == "weekday" && dash != std::string_view::npos && to == 0 && from > 0) to = 7;
        if (from > to)
            refuse(ErrorCode::out_of_range, "the range \"" + std::string(range) + "\" runs backwards", field.name);
    }
    const unsigned step = slash == std::string_view::npos ? 1 : number(text.substr(slash + 1), field.name);
    if (step == 0) refuse(ErrorCode::out_of_range, "a step of 0 leads nowhere", field.name);
    std::uint64_t allowed = 0;
    for (unsigned value = from; value <= to; value += step) allowed |= std::uint64_t{1} << value;
    return allowed;
}

std::uint64_t parse_field(std::string_view text, const Field& field) {
    std::uint64_t allowed = 0;
    for (const std::string_view element : split(text, ",", true)) allowed |= parse_element(element, field);
    return allowed;
}

bool has(std::uint64_t allowed, unsigned value) { return (allowed >> value & 1) != 0; }

constexpr std::array<unsigned, 12> longest_month{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

bool some_date_fits(const CronSchedule& schedule) {
    if (schedule.either_day) return true;  // the weekday alone is enough
    for (unsigned month = 1; month <= 12; ++month)
        if (has(schedule.months, month) &&
            static_cast<unsigned>(std::countr_zero(schedule.days)) <= longest_month[month - 1])
            return true;
    return false;
}

bool date_fits(const CronSchedule& schedule, std::int64_t date) {
    const std::chrono::year_month_day day{std::chrono::sys_days{std::chrono::days{date}}};
    if (!has(schedule.months, static_cast<unsigned>(day.month()))) return false;
    const bool day_fits = has(schedule.days, static_cast<unsigned>(day.day()));
    const bool weekday_fits = has(schedule.weekdays, static_cast<unsigned>((weekday_of(date) + 1) % 7));
    return schedule.either_day ? day_fits || weekday_fits : day_fits && weekday_fits;
}

constexpr std::int64_t minutes_per_day = 24 * 60;
constexpr Timestamp microseconds_per_minute = microseconds_per_day / minutes_per_day;
constexpr std::int64_t first_date = -719'162;  // 0001-01-01
constexpr std::int64_t last_date = 2'932'896;  // 9999-12-31
constexpr int longest_wait = 41 * 366;         // days; a 29 February that is a Sunday may take 40 years over 2100

// The first minute of the day, in the direction of `step`, that fits; nothing when none does.
std::optional<std::int64_t> minute_of_day(const CronSchedule& schedule, std::int64_t from, int step) {
    for (std::int64_t minute = from; minute >= 0 && minute < minutes_per_day; minute += step)
        if (has(schedule.hours, static_cast<unsigned>(minute / 60)) &&
            has(schedule.minutes, static_cast<unsigned>(minute % 60)))
            return minute;
    return std::nullopt;
}

std::optional<Timestamp> search(const CronSchedule& schedule, std::int64_t minute, int step) {
    std::int64_t date = floor_divide(minute, minutes_per_day);
    std::int64_t from = minute - date * minutes_per_day;
    for (int waited = 0; waited <= longest_wait; ++waited, date += step, from = step > 0 ? 0 : minutes_per_day - 1) {
        if (date < first_date || date > last_date) return std::nullopt;
        if (!date_fits(schedule, date)) continue;
        if (const auto found = minute_of_day(schedule, from, step))
            return (date * minutes_per_day + *found) * microseconds_per_minute;
    }
    return std::nullopt;
}

}  // namespace

CronSchedule parse_cron(std::string_view text) {
    if (text.size() > longest_expression) refuse(ErrorCode::limit_exceeded, "a cron expression is too long", "");
    std::string expression = lower(text);
    for (const Shorthand& known : shorthands)
        if (expression == known.name) expression = known.expression;
    const auto parts = split(expression, " \t", false);
    if (parts.size() != fields.size())
        refuse(ErrorCode::syntax_error,
               "\"" + std::string(text) + "\" is no cron expression: it has " + std::to_string(parts.size()) +
                   (parts.size() == 1 ? " field" : " fields") + ", not five",
               "");
    CronSchedule schedule;
    schedule.minutes = parse_field(parts[0], fields[0]);
    schedule.hours = static_cast<std::uint32_t>(parse_field(parts[1], fields[1]));
    schedule.days = static_cast<std::uint32_t>(parse_field(parts[2], fields[2]));
    schedule.months = static_cast<std::uint16_t>(parse_field(parts[3], fields[3]));
    const std::uint64_t weekdays = parse_field(parts[4], fields[4]);
    schedule.weekdays = static_cast<std::uint8_t>((weekdays | weekdays >> 7) & 0x7F);
    schedule.either_day = !parts[2].starts_with('*') && !parts[4].starts_with('*');
    if (!some_date_fits(schedule))
        refuse(ErrorCode::invalid_option, "no date ever fits \"" + std::string(text) + "\"", "");
    return schedule;
}

std::optional<Timestamp> latest_at_or_before(const CronSchedule& schedule, Timestamp ts) {
    return search(schedule, floor_divide(ts, microseconds_per_minute), -1);
}

std::optional<Timestamp> next_after(const CronSchedule& schedule, Timestamp ts) {
    return search(schedule, floor_divide(ts, microseconds_per_minute) + 1, 1);
}

}  // namespace evolve
