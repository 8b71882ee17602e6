// Two values a step: what every x86-64 processor has.
#ifdef __x86_64__
#include <immintrin.h>

#include <limits>
#include <utility>

#include "core/simd/paths.hpp"

namespace evolve {
namespace {

struct Lanes {
    using Vector = __m128d;
    static constexpr std::size_t width = 2;
    static Vector load(const double* from) { return _mm_loadu_pd(from); }
    static void store(double* to, Vector x) { _mm_storeu_pd(to, x); }
    // The first `count` < width values, which is one, the others 0.
    static Vector load_first(const double* from, std::size_t) { return _mm_load_sd(from); }
    static void store_first(double* to, std::size_t, Vector x) { _mm_store_sd(to, x); }
    static Vector all(double value) { return _mm_set1_pd(value); }
    static unsigned bits(Vector x) { return static_cast<unsigned>(_mm_movemask_pd(x)); }
    static unsigned greater(Vector x, Vector y) { return bits(_mm_cmplt_pd(y, x)); }
    static unsigned at_least(Vector x, Vector y) { return bits(_mm_cmple_pd(y, x)); }
    static unsigned unordered(Vector x, Vector y) { return bits(_mm_cmpunord_pd(x, y)); }
    static Vector add(Vector x, Vector y) { return _mm_add_pd(x, y); }
    static Vector subtract(Vector x, Vector y) { return _mm_sub_pd(x, y); }
    static Vector multiply(Vector x, Vector y) { return _mm_mul_pd(x, y); }
    static Vector divide(Vector x, Vector y) { return _mm_div_pd(x, y); }
    // The square root; 0 of what is not above 0.
    static Vector root_or_zero(Vector x) { return _mm_and_pd(_mm_sqrt_pd(x), _mm_cmplt_pd(_mm_setzero_pd(), x)); }
    static Vector known(Vector x) {
        const Vector size = _mm_andnot_pd(all(-0.0), x);
        const Vector finite = _mm_cmple_pd(size, all(std::numeric_limits<double>::max()));
        return _mm_or_pd(_mm_and_pd(finite, x), _mm_andnot_pd(finite, all(std::numeric_limits<double>::quiet_NaN())));
    }
    // Whether `known` may have changed something: some value is unknown now.
    static bool differ(Vector, Vector y) { return unordered(y, y) != 0; }
};

#include "core/simd/loops.inc"

}  // namespace

constinit const Kernels baseline_kernels{"baseline", compare,    compare_constant,  compare_known,   mark_unknown,
                                         arithmetic, deviations, window_deviations, drop_non_finite, first_outside};

}  // namespace evolve
#endif
