// Plain C++ for any machine.
#include <cmath>
#include <limits>
#include <utility>

#include "core/simd/paths.hpp"

namespace evolve {
namespace {

struct Lanes {
    using Vector = double;
    static constexpr std::size_t width = 1;
    static Vector load(const double* from) { return *from; }
    static void store(double* to, Vector x) { *to = x; }
    // The first `count` < width values, which is never asked for.
    static Vector load_first(const double* from, std::size_t) { return *from; }
    static void store_first(double* to, std::size_t, Vector x) { *to = x; }
    static Vector all(double value) { return value; }
    static bool greater(Vector x, Vector y) { return x > y; }
    static bool at_least(Vector x, Vector y) { return x >= y; }
    static bool unordered(Vector x, Vector y) { return std::isnan(x) || std::isnan(y); }
    static Vector add(Vector x, Vector y) { return x + y; }
    static Vector subtract(Vector x, Vector y) { return x - y; }
    static Vector multiply(Vector x, Vector y) { return x * y; }
    static Vector divide(Vector x, Vector y) { return x / y; }
    // The square root; 0 of what is not above 0.
    static Vector root_or_zero(Vector x) { return x > 0 ? std::sqrt(x) : 0.0; }
    static Vector known(Vector x) { return std::isfinite(x) ? x : std::numeric_limits<double>::quiet_NaN(); }
    // Whether `known` may have changed something: some value is unknown now.
    static bool differ(Vector, Vector y) { return unordered(y, y) != 0; }
};

#include "core/simd/loops.inc"

}  // namespace

constinit const Kernels portable_kernels{"portable", compare,    compare_constant,  compare_known,   mark_unknown,
                                         arithmetic, deviations, window_deviations, drop_non_finite, first_outside};

}  // namespace evolve
