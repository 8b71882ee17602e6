#include "core/series/bars_check.hpp"

#include <array>
#include <cmath>

#include "core/base/number.hpp"

namespace evolve {
namespace {

struct Value {
    std::string_view name;
    double value;
};

std::array<Value, 5> values_of(const Bar& bar) {
    return {{{"open", bar.open}, {"high", bar.high}, {"low", bar.low}, {"close", bar.close}, {"volume", bar.volume}}};
}

// What is wrong: the kind, and the one or two values that show it.
struct Fault {
    std::string_view kind{};
    Value value{};
    std::string_view relation{};  // between value and other
    Value other{};
};

Fault find_fault(const Bar& bar) {
    const std::array<Value, 5> values = values_of(bar);
    for (const Value& value : values) {
        if (!std::isfinite(value.value)) return {.kind = "not_finite", .value = value};
    }
    if (bar.ts < first_bar_time || bar.ts >= end_bar_time) return {.kind = "out_of_range"};
    for (const Value& value : values) {
        const bool is_volume = value.name == "volume";
        if (value.value > (is_volume ? highest_volume : highest_price)) return {.kind = "out_of_range", .value = value};
    }
    for (const Value& value : values) {
        if (value.name == "volume" ? value.value < 0 : value.value <= 0) return {.kind = "negative", .value = value};
    }
    const Value &open = values[0], &high = values[1], &low = values[2], &close = values[3];
    for (const Value& other : {low, open, close}) {
        if (high.value < other.value) return {"broken_ohlc", high, "below", other};
    }
    for (const Value& other : {open, close}) {
        if (low.value > other.value) return {"broken_ohlc", low, "above", other};
    }
    return {};
}

}  // namespace

std::string_view bar_fault(const Bar& bar) { return find_fault(bar).kind; }

std::string describe_bar_fault(const Bar& bar) {
    const Fault fault = find_fault(bar);
    if (fault.kind.empty()) return {};
    const std::string name(fault.value.name);
    if (fault.kind == "not_finite") return name + " is not a finite number";
    if (fault.kind == "broken_ohlc") {
        return name + " " + format_number(fault.value.value) + " is " + std::string(fault.relation) + " " +
               std::string(fault.other.name) + " " + format_number(fault.other.value);
    }
    if (fault.kind == "out_of_range") {
        if (name.empty()) return "the time is outside the years 1900 to 2200";
        return name + " " + format_number(fault.value.value) + " is over " +
               format_number(name == "volume" ? highest_volume : highest_price);
    }
    return name + " is " + format_number(fault.value.value) + (name == "volume" ? ", below 0" : ", not above 0");
}

}  // namespace evolve
