// Memory for long series. To be given memory page by page at first touch, and to give it back so, takes longer than to
// fill it: where the system has large pages it is asked for them.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace evolve {

inline constexpr std::size_t large_page = std::size_t{2} << 20;  // bytes

constexpr std::size_t rounded(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

// Whole large pages straight from the system, all zero, which get back to it when they are freed, whatever the heap has
// learnt. `bytes` is a multiple of large_page. Throws std::bad_alloc.
void* map_pages(std::size_t bytes);
void unmap_pages(void* memory, std::size_t bytes) noexcept;

// An allocator for vectors. What fills less than two large pages is left to the heap.
template <typename T>
struct LargePages {
    using value_type = T;

    LargePages() = default;
    template <typename Other>
    LargePages(const LargePages<Other>&) noexcept {}  // NOLINT(google-explicit-constructor): as allocators convert

    T* allocate(std::size_t count) {
        const std::size_t bytes = count * sizeof(T);
        return static_cast<T*>(is_large(bytes) ? map_pages(rounded(bytes, large_page)) : ::operator new(bytes));
    }
    void deallocate(T* memory, std::size_t count) noexcept {
        const std::size_t bytes = count * sizeof(T);
        is_large(bytes) ? unmap_pages(memory, rounded(bytes, large_page)) : ::operator delete(memory);
    }
    friend bool operator==(const LargePages&, const LargePages&) { return true; }

private:
    static constexpr bool is_large(std::size_t bytes) { return bytes >= 2 * large_page; }
};

// Holds a value for every bar of a series.
template <typename T>
using LongVector = std::vector<T, LargePages<T>>;

}  // namespace evolve
