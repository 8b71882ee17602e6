// Memory for columns and bitmaps of one series. Pieces of one size go round instead of back to the system, which would
// hand out their pages anew each time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "core/base/control.hpp"

namespace evolve {

// Pieces of equal size, aligned for vector units. What a new piece holds is undefined. Thread-safe.
class Pool {
public:
    explicit Pool(std::size_t bytes);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    void* take();
    void give_back(void* piece);
    // Has so many pieces at hand, and their memory too where several threads are to begin on it at once: each of them
    // would be given all pages of what two of them touch first, and all but one would be thrown away.
    void make_ready(std::size_t count, const Control& control);

private:
    void grow();

    const std::size_t bytes_;
    std::mutex mutex_;
    std::vector<void*> free_;
    struct Slab {
        void* memory;
        std::size_t mapped;  // bytes, of a mapping; 0: from the heap
    };
    std::vector<Slab> slabs_;
    std::size_t next_count_ = 1;  // pieces of the next slab: each is twice as large as the last, up to a bound
};

class Workspace {
public:
    explicit Workspace(std::size_t bars);

    std::span<double> take_column() { return {static_cast<double*>(columns_.take()), bars_}; }
    void give_back(std::span<const double> column) { columns_.give_back(const_cast<double*>(column.data())); }
    void make_columns_ready(std::size_t count, const Control& control) { columns_.make_ready(count, control); }
    void make_bitmaps_ready(std::size_t count, const Control& control) { bitmaps_.make_ready(count, control); }
    std::span<std::uint64_t> take_bitmap() { return {static_cast<std::uint64_t*>(bitmaps_.take()), words_}; }
    void give_back(std::span<const std::uint64_t> bitmap) {
        bitmaps_.give_back(const_cast<std::uint64_t*>(bitmap.data()));
    }

private:
    std::size_t bars_, words_;
    Pool columns_, bitmaps_;
};

}  // namespace evolve
