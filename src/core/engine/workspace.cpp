#include "core/engine/workspace.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "core/engine/bitmap.hpp"

namespace evolve {
namespace {

constexpr std::size_t line = 64;                            // bytes of a cache line
constexpr std::size_t large_page = std::size_t{2} << 20;    // bytes
constexpr std::size_t largest_slab = std::size_t{8} << 20;  // bytes, unless one piece is larger

std::size_t rounded(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

}  // namespace

Pool::Pool(std::size_t bytes) : bytes_(rounded(std::max(bytes, line), line)) {}

Pool::~Pool() {
    for (void* slab : slabs_) std::free(slab);  // NOLINT(cppcoreguidelines-no-malloc): of aligned_alloc
}

void Pool::grow() {
    const std::size_t bytes = next_count_ * bytes_;
    const std::size_t alignment = bytes >= large_page ? large_page : line;
    slabs_.reserve(slabs_.size() + 1);
    free_.reserve(free_.size() + next_count_);
    void* slab = std::aligned_alloc(alignment, rounded(bytes, alignment));
    if (slab == nullptr) throw std::bad_alloc();
    slabs_.push_back(slab);
#ifdef MADV_HUGEPAGE
    if (alignment == large_page) madvise(slab, rounded(bytes, alignment), MADV_HUGEPAGE);  // advice: may be refused
#endif
    for (std::size_t i = next_count_; i-- > 0;) free_.push_back(static_cast<char*>(slab) + i * bytes_);
    if (2 * bytes <= largest_slab) next_count_ *= 2;
}

void* Pool::take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) grow();
    void* piece = free_.back();
    free_.pop_back();
    return piece;
}

void Pool::give_back(void* piece) {
    const std::lock_guard lock(mutex_);
    free_.push_back(piece);
}

Workspace::Workspace(std::size_t bars)
    : bars_(bars),
      words_(bitmap_words(bars)),
      // An odd number of lines apart, so that the same bar of many columns does not meet in the same lines of a cache.
      columns_(rounded(bars * sizeof(double), 2 * line) + line),
      bitmaps_(rounded(words_ * sizeof(std::uint64_t), 2 * line) + line) {}

}  // namespace evolve
