// Four values a step.
#ifdef __x86_64__
#include <immintrin.h>

#include <limits>
#include <utility>

#include "core/simd/paths.hpp"

// No header may follow: what is compiled from here on runs on these processors alone.
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,bmi2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,bmi2")
#endif

namespace evolve {
namespace {

struct Lanes {
    using Vector = __m256d;
    static constexpr std::size_t width = 4;
    static Vector load(const double* from) { return _mm256_loadu_pd(from); }
    static void store(double* to, Vector x) { _mm256_storeu_pd(to, x); }
    // The first `count` < width values, the others 0.
    static __m256i first(std::size_t count) {
        return _mm256_cmpgt_epi64(_mm256_set1_epi64x(static_cast<long long>(count)), _mm256_setr_epi64x(0, 1, 2, 3));
    }
    static Vector load_first(const double* from, std::size_t count) { return _mm256_maskload_pd(from, first(count)); }
    static void store_first(double* to, std::size_t count, Vector x) { _mm256_maskstore_pd(to, first(count), x); }
    static Vector all(double value) { return _mm256_set1_pd(value); }
    static unsigned bits(Vector x) { return static_cast<unsigned>(_mm256_movemask_pd(x)); }
    static unsigned greater(Vector x, Vector y) { return bits(_mm256_cmp_pd(x, y, _CMP_GT_OQ)); }
    static unsigned at_least(Vector x, Vector y) { return bits(_mm256_cmp_pd(x, y, _CMP_GE_OQ)); }
    static unsigned unordered(Vector x, Vector y) { return bits(_mm256_cmp_pd(x, y, _CMP_UNORD_Q)); }
    static Vector add(Vector x, Vector y) { return _mm256_add_pd(x, y); }
    static Vector subtract(Vector x, Vector y) { return _mm256_sub_pd(x, y); }
    static Vector multiply(Vector x, Vector y) { return _mm256_mul_pd(x, y); }
    static Vector divide(Vector x, Vector y) { return _mm256_div_pd(x, y); }
    // The square root; 0 of what is not above 0.
    static Vector root_or_zero(Vector x) {
        return _mm256_and_pd(_mm256_sqrt_pd(x), _mm256_cmp_pd(x, _mm256_setzero_pd(), _CMP_GT_OQ));
    }
    static Vector known(Vector x) {
        const Vector size = _mm256_andnot_pd(all(-0.0), x);
        const Vector finite = _mm256_cmp_pd(size, all(std::numeric_limits<double>::max()), _CMP_LE_OQ);
        return _mm256_blendv_pd(all(std::numeric_limits<double>::quiet_NaN()), x, finite);
    }
    // Whether `known` may have changed something: some value is unknown now.
    static bool differ(Vector, Vector y) { return unordered(y, y) != 0; }
};

#include "core/simd/loops.inc"

}  // namespace

constinit const Kernels avx2_kernels{"avx2",     compare,    compare_constant,  compare_known,   mark_unknown,
                                     arithmetic, deviations, window_deviations, drop_non_finite, first_outside};

}  // namespace evolve

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
