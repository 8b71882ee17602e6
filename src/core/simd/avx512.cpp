// Eight values a step, whose comparisons are bits already.
#ifdef __x86_64__
#include <immintrin.h>

#include <limits>
#include <utility>

#include "core/simd/paths.hpp"

// No header may follow: what is compiled from here on runs on these processors alone.
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,bmi2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,bmi2")
#endif

namespace evolve {
namespace {

struct Lanes {
    using Vector = __m512d;
    static constexpr std::size_t width = 8;
    static Vector load(const double* from) { return _mm512_loadu_pd(from); }
    static void store(double* to, Vector x) { _mm512_storeu_pd(to, x); }
    // The first `count` < width values, the others 0.
    static Vector load_first(const double* from, std::size_t count) {
        return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << count) - 1), from);
    }
    static void store_first(double* to, std::size_t count, Vector x) {
        _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << count) - 1), x);
    }
    static Vector all(double value) { return _mm512_set1_pd(value); }
    static __mmask8 greater(Vector x, Vector y) { return _mm512_cmp_pd_mask(x, y, _CMP_GT_OQ); }
    static __mmask8 at_least(Vector x, Vector y) { return _mm512_cmp_pd_mask(x, y, _CMP_GE_OQ); }
    static __mmask8 unordered(Vector x, Vector y) { return _mm512_cmp_pd_mask(x, y, _CMP_UNORD_Q); }
    static Vector add(Vector x, Vector y) { return _mm512_add_pd(x, y); }
    static Vector subtract(Vector x, Vector y) { return _mm512_sub_pd(x, y); }
    static Vector multiply(Vector x, Vector y) { return _mm512_mul_pd(x, y); }
    static Vector divide(Vector x, Vector y) { return _mm512_div_pd(x, y); }
    // The square root; 0 of what is not above 0.
    static Vector root_or_zero(Vector x) {
        return _mm512_maskz_sqrt_pd(_mm512_cmp_pd_mask(x, _mm512_setzero_pd(), _CMP_GT_OQ), x);
    }
    static Vector known(Vector x) {
        const Vector size = _mm512_andnot_pd(all(-0.0), x);
        const __mmask8 finite = _mm512_cmp_pd_mask(size, all(std::numeric_limits<double>::max()), _CMP_LE_OQ);
        return _mm512_mask_blend_pd(finite, all(std::numeric_limits<double>::quiet_NaN()), x);
    }
    // Whether `known` may have changed something: some value is unknown now.
    static bool differ(Vector, Vector y) { return unordered(y, y) != 0; }
};

#include "core/simd/loops.inc"

}  // namespace

constinit const Kernels avx512_kernels{"avx512",   compare,    compare_constant,  compare_known,   mark_unknown,
                                       arithmetic, deviations, window_deviations, drop_non_finite, first_outside};

}  // namespace evolve

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
