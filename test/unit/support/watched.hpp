// Whether the core runs under sanitizers, where everything takes several times as long: times are not judged then.
#pragma once

extern "C" __attribute__((weak)) void __asan_init();

namespace evolve::test {

// The same tests are linked with both cores, so only the program can tell.
inline bool core_is_watched() { return &__asan_init != nullptr; }

}  // namespace evolve::test
