#include "core/engine/workspace.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "core/base/large_pages.hpp"
#include "core/base/parallel.hpp"
#include "core/engine/bitmap.hpp"

namespace evolve {
namespace {

constexpr std::size_t line = 64;                            // bytes of a cache line
constexpr std::size_t largest_slab = std::size_t{8} << 20;  // bytes, unless one piece is larger

}  // namespace

Pool::Pool(std::size_t bytes) : bytes_(rounded(std::max(bytes, line), line)) {}

Pool::~Pool() {
    for (const Slab& slab : slabs_) {
        if (slab.mapped > 0)
            unmap_pages(slab.memory, slab.mapped);
        else
            std::free(slab.memory);  // NOLINT(cppcoreguidelines-no-malloc): of aligned_alloc
    }
}

void Pool::grow() {
    const std::size_t bytes = next_count_ * bytes_;
    slabs_.reserve(slabs_.size() + 1);
    free_.reserve(free_.size() + next_count_);
    void* slab = nullptr;
    if (bytes >= large_page) {
        const std::size_t mapped = rounded(bytes, large_page);
        slab = map_pages(mapped);
        slabs_.push_back({slab, mapped});
    } else {
        slab = std::aligned_alloc(line, rounded(bytes, line));
        if (slab == nullptr) throw std::bad_alloc();
        slabs_.push_back({slab, 0});
    }
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

void Pool::make_ready(std::size_t count, const Control& control) {
    std::vector<char*> pages;
    {
        const std::lock_guard lock(mutex_);
        while (free_.size() < count) {
            const std::size_t before = free_.size();
            grow();
            if (slabs_.back().mapped == 0) continue;
            // The last that are free are taken first: those at the beginning of the slab.
            const std::size_t bytes = std::min(count - before, free_.size() - before) * bytes_;
            for (std::size_t at = 0; at < bytes; at += large_page)
                pages.push_back(static_cast<char*>(slabs_.back().memory) + at);
        }
    }
    if (control.threads > 1)
        parallel_for(pages.size(), control, [&](std::size_t i) { *static_cast<volatile char*>(pages[i]) = 0; });
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
