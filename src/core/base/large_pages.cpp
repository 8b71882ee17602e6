#include "core/base/large_pages.hpp"

#include <sys/mman.h>

#include <cstdint>

namespace evolve {

void* map_pages(std::size_t bytes) {
    void* mapped = mmap(nullptr, bytes + large_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    char* const begin = static_cast<char*>(mapped);
    const std::size_t before = (large_page - reinterpret_cast<std::uintptr_t>(begin) % large_page) % large_page;
    if (before > 0) munmap(begin, before);
    munmap(begin + before + bytes, large_page - before);
#ifdef MADV_HUGEPAGE
    madvise(begin + before, bytes, MADV_HUGEPAGE);  // advice: may be refused
#endif
    return begin + before;
}

void unmap_pages(void* memory, std::size_t bytes) noexcept { munmap(memory, bytes); }

}  // namespace evolve
