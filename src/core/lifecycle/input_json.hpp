// Reading the values of a JSON input with errors that name the place.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/lifecycle/cycle.hpp"

namespace evolve {

// One JSON object and where it is; keys that are not asked for are ignored. `required` values that are missing or null,
// and values of the wrong kind, throw Error (type_mismatch or out_of_range) with the path.
class ObjectReader {
public:
    ObjectReader(const nlohmann::json& object, std::string path);

    const nlohmann::json* find(const char* key) const;  // nullptr: missing or null
    std::string text(const char* key, bool required = true) const;
    double number(const char* key, double otherwise) const;
    std::int64_t integer(const char* key, std::int64_t otherwise) const;
    bool flag(const char* key, bool otherwise) const;
    // An array; empty when missing.
    const nlohmann::json& array(const char* key) const;
    // The text of a value that is an object (or already text).
    std::string object_text(const char* key, const char* otherwise) const;
    std::string path(const char* key) const { return path_ + "." + key; }

private:
    const nlohmann::json& object_;
    std::string path_;
};

// The whole of an input. Throws Error (syntax_error).
nlohmann::json parse_input(std::string_view text);
// A number of up to 64 bits, signed (its bits are taken) or not, or such a number as text.
std::uint64_t read_seed(const nlohmann::json& value, const std::string& path);
std::vector<Market> read_markets(const nlohmann::json& array, const std::string& path);
Limits read_limits(const ObjectReader& input);
Status read_status(const ObjectReader& object);
Policy read_policy(const ObjectReader& input);

}  // namespace evolve
