#include "core/series/timestamp.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>

#include "core/series/bars_check.hpp"
#include "core/series/calendar.hpp"

namespace evolve {
namespace {

constexpr TimeReading unreadable{0, TimeFault::unreadable};
constexpr TimeReading ambiguous{0, TimeFault::ambiguous};
constexpr TimeReading out_of_range{0, TimeFault::out_of_range};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

struct Digits {
    std::size_t count = 0;
    std::int64_t value = 0;
};

struct Cursor {
    std::string_view rest;

    bool done() const { return rest.empty(); }
    char peek() const { return rest.empty() ? '\0' : rest.front(); }
    bool take(char c) {
        if (upper(peek()) != c || rest.empty()) return false;
        rest.remove_prefix(1);
        return true;
    }
    bool take_word(std::string_view word) {
        if (rest.size() < word.size()) return false;
        for (std::size_t i = 0; i < word.size(); ++i) {
            if (upper(rest[i]) != word[i]) return false;
        }
        rest.remove_prefix(word.size());
        return true;
    }
    bool skip_blanks() {
        const std::size_t before = rest.size();
        while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
        return rest.size() != before;
    }
    // Up to 18 digits; a longer run gives count 0.
    Digits take_digits() {
        Digits digits;
        while (digits.count < rest.size() && is_digit(rest[digits.count])) ++digits.count;
        if (digits.count > 18) return {};
        for (const char c : rest.substr(0, digits.count)) digits.value = digits.value * 10 + (c - '0');
        rest.remove_prefix(digits.count);
        return digits;
    }
};

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

TimeReading in_range(Timestamp ts) {
    return ts >= first_bar_time && ts < end_bar_time ? TimeReading{ts, TimeFault::none} : out_of_range;
}

// Midnight of a date of the calendar.
TimeReading from_date(std::int64_t year, std::int64_t month, std::int64_t day) {
    using namespace std::chrono;
    if (month < 1 || month > 12 || day < 1 || day > 31) return unreadable;
    if (year < 1900 || year > 2200) return out_of_range;
    const year_month_day date{std::chrono::year{static_cast<int>(year)},
                              std::chrono::month{static_cast<unsigned>(month)},
                              std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return unreadable;
    return {sys_days{date}.time_since_epoch().count() * microseconds_per_day, TimeFault::none};
}

TimeReading from_compact_date(std::int64_t yyyymmdd) {
    return from_date(yyyymmdd / 10'000, yyyymmdd / 100 % 100, yyyymmdd % 100);
}

std::optional<Timestamp> time_of_day(std::int64_t hour, std::int64_t minute, std::int64_t second) {
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return ((hour * 60 + minute) * 60 + second) * microseconds_per_second;
}

// Microseconds of the digits after a decimal point, cut off after the sixth.
std::int64_t fraction_microseconds(std::string_view digits) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < 6; ++i) value = value * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    return value;
}

struct DateNumbers {
    bool slashed = false;  // the year comes last
    std::int64_t first, second, third;
};

// Three numbers with one kind of separator between them, one end of which is a year of four digits.
std::optional<DateNumbers> take_date(Cursor& cursor) {
    const Digits first = cursor.take_digits();
    const char separator = cursor.peek();
    if (first.count == 0 || (separator != '-' && separator != '/' && separator != '.')) return std::nullopt;
    cursor.take(separator);
    const Digits second = cursor.take_digits();
    if (second.count == 0 || second.count > 2 || !cursor.take(separator)) return std::nullopt;
    const Digits third = cursor.take_digits();
    const bool year_first = first.count == 4 && (third.count == 1 || third.count == 2);
    const bool year_last = third.count == 4 && first.count <= 2;
    if (!year_first && !year_last) return std::nullopt;
    return DateNumbers{year_last, first.value, second.value, third.value};
}

DateOrder proven(const DateNumbers& date) {
    if (!date.slashed) return DateOrder::automatic;
    if (date.first > 12 && date.second <= 12) return DateOrder::day_first;
    if (date.second > 12 && date.first <= 12) return DateOrder::month_first;
    return DateOrder::automatic;
}

TimeReading resolve_date(const DateNumbers& date, DateOrder order) {
    if (!date.slashed) return from_date(date.first, date.second, date.third);
    if (order == DateOrder::automatic) order = proven(date);
    if (order == DateOrder::automatic && date.first != date.second) {
        return date.first > 12 || date.first == 0 || date.second == 0 ? unreadable : ambiguous;
    }
    const bool day_first = order == DateOrder::day_first;
    return from_date(date.third, day_first ? date.second : date.first, day_first ? date.first : date.second);
}

// "PM", "-PM", " pm" after an hour of 1 to 12; nullopt for a wrong hour, the hour itself when there is no such word.
std::optional<std::int64_t> take_meridiem(Cursor& cursor, std::int64_t hour, bool& found) {
    const Cursor before = cursor;
    if (!cursor.take('-')) cursor.skip_blanks();
    const bool am = cursor.take_word("AM");
    found = am || cursor.take_word("PM");
    if (!found) {
        cursor = before;
        return hour;
    }
    if (hour < 1 || hour > 12) return std::nullopt;
    return hour % 12 + (am ? 0 : 12);
}

// Microseconds since midnight.
std::optional<Timestamp> take_time(Cursor& cursor) {
    const Digits first = cursor.take_digits();
    if (first.count == 4) return time_of_day(first.value / 100, first.value % 100, 0);
    if (first.count == 6) return time_of_day(first.value / 10'000, first.value / 100 % 100, first.value % 100);
    if (first.count == 0 || first.count > 2) return std::nullopt;
    std::int64_t minute = 0, second = 0, fraction = 0;
    bool has_minute = false, has_meridiem = false;
    if (cursor.take(':')) {
        const Digits digits = cursor.take_digits();
        if (digits.count != 2) return std::nullopt;
        minute = digits.value;
        has_minute = true;
        if (cursor.take(':')) {
            const Digits seconds = cursor.take_digits();
            if (seconds.count != 2) return std::nullopt;
            second = seconds.value;
            if (cursor.take('.') || cursor.take(',')) {
                const std::string_view digits_of = cursor.rest;
                const Digits places = cursor.take_digits();
                if (places.count == 0) return std::nullopt;
                fraction = fraction_microseconds(digits_of.substr(0, places.count));
            }
        }
    }
    const std::optional<std::int64_t> hour = take_meridiem(cursor, first.value, has_meridiem);
    if (!hour || (!has_minute && !has_meridiem)) return std::nullopt;
    const std::optional<Timestamp> whole = time_of_day(*hour, minute, second);
    return whole ? std::optional(*whole + fraction) : std::nullopt;
}

// Minutes east of UTC; `otherwise` when the text is at its end.
std::optional<std::int64_t> take_zone(Cursor& cursor, std::int64_t otherwise) {
    cursor.skip_blanks();
    if (cursor.done()) return otherwise;
    if (cursor.take_word("UTC") || cursor.take_word("GMT") || cursor.take('Z')) {
        if (cursor.done()) return 0;
    }
    const bool west = cursor.peek() == '-';
    if (!cursor.take('-') && !cursor.take('+')) return std::nullopt;
    const Digits first = cursor.take_digits();
    std::int64_t hours = first.value, minutes = 0;
    if (first.count == 4) {
        hours = first.value / 100;
        minutes = first.value % 100;
    } else if (first.count != 2 && first.count != 1) {
        return std::nullopt;
    } else if (cursor.take(':')) {
        const Digits second = cursor.take_digits();
        if (second.count != 2) return std::nullopt;
        minutes = second.value;
    }
    if (hours > 14 || minutes > 59 || !cursor.done()) return std::nullopt;
    return (west ? -1 : 1) * (hours * 60 + minutes);
}

// Digits with at most one point and a leading minus sign, all the way: an epoch or a compact date.
bool is_number(std::string_view text) {
    if (!text.empty() && text.front() == '-') text.remove_prefix(1);
    if (text.empty() || !is_digit(text.front())) return false;
    std::size_t points = 0;
    for (const char c : text) {
        if (c == '.') {
            ++points;
        } else if (!is_digit(c)) {
            return false;
        }
    }
    return points <= 1;
}

TimeReading local(TimeReading reading, int offset_minutes) {
    if (reading.fault != TimeFault::none) return reading;
    return in_range(reading.ts - offset_minutes * 60 * microseconds_per_second);
}

TimeReading parse_number(std::string_view text, int offset_minutes) {
    const bool negative = text.front() == '-';
    const std::string_view magnitude = negative ? text.substr(1) : text;
    const std::size_t point = magnitude.find('.');
    const std::string_view digits = magnitude.substr(0, point);
    if (text.size() == 8 && digits.size() == 8) {
        std::int64_t date = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), date);
        const TimeReading reading = from_compact_date(date);
        if (reading.fault == TimeFault::none) return local(reading, offset_minutes);
    }
    std::int64_t whole = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), whole).ec != std::errc()) return out_of_range;
    if (text.size() == 14 && digits.size() == 14) {
        TimeReading reading = from_compact_date(whole / 1'000'000);
        const auto time = time_of_day(whole / 10'000 % 100, whole / 100 % 100, whole % 100);
        if (reading.fault != TimeFault::none || !time) return out_of_range;
        reading.ts += *time;
        return local(reading, offset_minutes);
    }
    const std::int64_t fraction =
        point == std::string_view::npos ? 0 : fraction_microseconds(magnitude.substr(point + 1));
    Timestamp ts = 0;
    if (whole < 100'000'000'000) {
        ts = whole * microseconds_per_second + fraction;
    } else if (whole < 100'000'000'000'000) {
        ts = whole * 1'000 + fraction / 1'000;
    } else {
        ts = whole < 100'000'000'000'000'000 ? whole : whole / 1'000;
    }
    return in_range(negative ? -ts : ts);
}

}  // namespace

TimeReading parse_timestamp(std::string_view text, DateOrder order, int offset_minutes) {
    text = trim(text);
    if (is_number(text)) return parse_number(text, offset_minutes);
    Cursor cursor{text};
    TimeReading reading;
    if (const std::optional<DateNumbers> date = take_date(cursor)) {
        reading = resolve_date(*date, order);
    } else {
        cursor.rest = text;
        const Digits compact = cursor.take_digits();
        if (compact.count != 8) return unreadable;
        reading = from_compact_date(compact.value);
    }
    if (cursor.done()) return local(reading, offset_minutes);
    const bool marked = cursor.take('T') || cursor.take(',');
    if (!cursor.skip_blanks() && !marked) return unreadable;
    const std::optional<Timestamp> time = take_time(cursor);
    if (!time) return unreadable;
    const std::optional<std::int64_t> zone = take_zone(cursor, offset_minutes);
    if (!zone) return unreadable;
    if (reading.fault != TimeFault::none) return reading;
    return in_range(reading.ts + *time - *zone * 60 * microseconds_per_second);
}

DateOrder proven_date_order(std::string_view text) {
    Cursor cursor{trim(text)};
    const std::optional<DateNumbers> date = take_date(cursor);
    return date ? proven(*date) : DateOrder::automatic;
}

std::string format_timestamp(Timestamp ts) {
    using namespace std::chrono;
    const std::int64_t date = date_of(ts);
    const year_month_day civil{sys_days{days{date}}};
    const std::int64_t rest = ts - date * microseconds_per_day;
    const std::int64_t seconds_of_day = rest / microseconds_per_second;
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(civil.year()),
                  static_cast<unsigned>(civil.month()), static_cast<unsigned>(civil.day()),
                  static_cast<int>(seconds_of_day / 3600), static_cast<int>(seconds_of_day / 60 % 60),
                  static_cast<int>(seconds_of_day % 60));
    std::string text = buffer;
    if (const std::int64_t fraction = rest % microseconds_per_second; fraction != 0) {
        std::snprintf(buffer, sizeof buffer, ".%06d", static_cast<int>(fraction));
        text += buffer;
        while (text.back() == '0') text.pop_back();
    }
    return text + "Z";
}

}  // namespace evolve
