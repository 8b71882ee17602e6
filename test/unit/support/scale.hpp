// How many cases a test of very many runs.
#pragma once

#include <cstddef>
#include <cstdlib>

namespace evolve::test {

// All of them, or the share that EVOLVE_TEST_SCALE names (0.1: a tenth): instrumented builds are many times slower.
inline std::size_t scaled(std::size_t cases) {
    const char* const share = std::getenv("EVOLVE_TEST_SCALE");
    const double scale = share == nullptr ? 1 : std::strtod(share, nullptr);
    return scale > 0 && scale < 1 ? static_cast<std::size_t>(static_cast<double>(cases) * scale) : cases;
}

}  // namespace evolve::test
