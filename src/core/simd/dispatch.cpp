#include <array>
#include <atomic>

#include "core/simd/paths.hpp"

namespace evolve {
namespace {

struct Available {
    std::array<const Kernels*, 4> paths{};
    std::size_t count = 0;
    void add(const Kernels& path) { paths[count++] = &path; }
};

Available find_available() {
    Available result;
    result.add(portable_kernels);
#ifdef __x86_64__
    __builtin_cpu_init();
    result.add(baseline_kernels);
    if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi2") != 0) {
        result.add(avx2_kernels);
        if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0)
            result.add(avx512_kernels);
    }
#endif
    return result;
}

const Available& found() {
    static const Available available = find_available();
    return available;
}

std::atomic<const Kernels*> forced{nullptr};

}  // namespace

std::span<const Kernels* const> available_kernels() { return std::span(found().paths).first(found().count); }

const Kernels& kernels() {
    const Kernels* chosen = forced.load(std::memory_order_relaxed);
    return chosen != nullptr ? *chosen : *available_kernels().back();
}

void use_kernels(const Kernels* chosen) { forced.store(chosen, std::memory_order_relaxed); }

}  // namespace evolve
