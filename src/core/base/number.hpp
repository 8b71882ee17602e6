// One spelling for numbers, everywhere: the shortest decimal that reads back as the same double.
#pragma once

#include <charconv>
#include <string>

namespace evolve {

// 14 → "14", 0.1 → "0.1", -0 → "0". Undefined for NaN and infinity, which no ruleset or result may hold.
inline std::string format_number(double value) {
    if (value == 0) return "0";
    char buffer[64];
    // Plain decimals while they stay short, exponents beyond.
    const bool plain = (value < 0 ? -value : value) < 1e15 && (value < 0 ? -value : value) >= 1e-5;
    const auto end = plain ? std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed)
                           : std::to_chars(buffer, buffer + sizeof buffer, value);
    return {buffer, end.ptr};
}

}  // namespace evolve
