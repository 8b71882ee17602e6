// The implementations, one a file. Those of x86-64 exist only there.
#pragma once

#include "core/simd/kernels.hpp"

namespace evolve {

extern constinit const Kernels portable_kernels;
#ifdef __x86_64__
extern constinit const Kernels baseline_kernels, avx2_kernels, avx512_kernels;
#endif

}  // namespace evolve
