#include "core/lifecycle/input_json.hpp"

#include <charconv>
#include <cmath>

#include "core/base/error.hpp"

namespace evolve {
namespace {

using nlohmann::json;

[[noreturn]] void throw_kind(const std::string& path, const char* expected) {
    throw Error(ErrorCode::type_mismatch, std::string(expected) + " is expected here", path);
}

// Whole and within ±2^53, so that no conversion is undefined.
std::int64_t whole(const json& value, const std::string& path) {
    if (!value.is_number()) throw_kind(path, "a whole number");
    const double number = value.get<double>();
    if (number != std::floor(number) || std::fabs(number) > 9007199254740992.0) {
        throw Error(ErrorCode::out_of_range, "a whole number of at most 2^53 is expected here", path);
    }
    return static_cast<std::int64_t>(number);
}

const json& no_items() {
    static const json nothing = json::array();
    return nothing;
}

}  // namespace

ObjectReader::ObjectReader(const json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) throw_kind(path_, "an object");
}

const json* ObjectReader::find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::string ObjectReader::text(const char* key, bool required) const {
    const json* value = find(key);
    if (value == nullptr && !required) return {};
    if (value == nullptr || !value->is_string()) throw_kind(path(key), "a text");
    return value->get<std::string>();
}

double ObjectReader::number(const char* key, double otherwise) const {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_number()) throw_kind(path(key), "a number");
    return value->get<double>();
}

std::int64_t ObjectReader::integer(const char* key, std::int64_t otherwise) const {
    const json* value = find(key);
    return value == nullptr ? otherwise : whole(*value, path(key));
}

bool ObjectReader::flag(const char* key, bool otherwise) const {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean()) throw_kind(path(key), "true or false");
    return value->get<bool>();
}

const json& ObjectReader::array(const char* key) const {
    const json* value = find(key);
    if (value == nullptr) return no_items();
    if (!value->is_array()) throw_kind(path(key), "an array");
    return *value;
}

std::string ObjectReader::object_text(const char* key, const char* otherwise) const {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    if (value->is_string()) return value->get<std::string>();
    if (!value->is_object()) throw_kind(path(key), "an object");
    return value->dump();
}

json parse_input(std::string_view text) {
    json input = json::parse(text, nullptr, false);
    if (input.is_discarded()) throw Error(ErrorCode::syntax_error, "the input is not valid JSON");
    return input;
}

std::uint64_t read_seed(const json& value, const std::string& path) {
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    if (value.is_number_integer()) return static_cast<std::uint64_t>(value.get<std::int64_t>());
    if (value.is_string()) {
        const std::string text = value.get<std::string>();
        const bool negative = text.starts_with("-");
        const char* end = text.data() + text.size();
        std::uint64_t positive = 0;
        std::int64_t number = 0;
        const auto result =
            negative ? std::from_chars(text.data(), end, number) : std::from_chars(text.data(), end, positive);
        if (result.ec == std::errc{} && result.ptr == end) {
            return negative ? static_cast<std::uint64_t>(number) : positive;
        }
    }
    throw_kind(path, "a whole number of 64 bits");
}

std::vector<Market> read_markets(const json& array, const std::string& path) {
    std::vector<Market> markets;
    markets.reserve(array.size());
    for (std::size_t i = 0; i < array.size(); ++i) {
        const ObjectReader row(array[i], path + "[" + std::to_string(i) + "]");
        const std::string name = row.text("timeframe");
        const auto timeframe = parse_timeframe(name);
        if (!timeframe) {
            throw Error(ErrorCode::unknown_name, "there is no timeframe \"" + name + "\"", row.path("timeframe"));
        }
        markets.push_back({.exchange = row.text("exchange", false),
                           .symbol = row.text("symbol"),
                           .timeframe = *timeframe,
                           .bars = row.integer("bars", 0)});
    }
    return markets;
}

Limits read_limits(const ObjectReader& input) {
    Limits limits;
    const json* given = input.find("limits");
    if (given == nullptr) return limits;
    const ObjectReader row(*given, input.path("limits"));
    const auto size = [&](const char* key, std::size_t otherwise) {
        const std::int64_t value = row.integer(key, static_cast<std::int64_t>(otherwise));
        if (value < 1) throw Error(ErrorCode::out_of_range, "a limit is at least 1", row.path(key));
        return static_cast<std::size_t>(value);
    };
    limits.bytes = size("bytes", limits.bytes);
    limits.nodes = size("nodes", limits.nodes);
    limits.depth = size("depth", limits.depth);
    limits.lookback = size("lookback", limits.lookback);
    return limits;
}

Status read_status(const ObjectReader& object) {
    const std::string name = object.text("status");
    if (const auto status = parse_status(name)) return *status;
    throw Error(ErrorCode::unknown_name, "there is no status \"" + name + "\"", object.path("status"));
}

Policy read_policy(const ObjectReader& input) {
    const json* given = input.find("policy");
    return given == nullptr ? Policy{} : parse_policy(*given);
}

}  // namespace evolve
