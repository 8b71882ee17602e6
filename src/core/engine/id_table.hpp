// Finds what is the same as something seen before, among things that have ids and live elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/engine/program.hpp"

namespace evolve {

// Makes one number of many words.
class Mixer {
public:
    Mixer& add(std::uint64_t word) {
        hash_ = (hash_ ^ word) * 0xBF58476D1CE4E5B9u;
        hash_ ^= hash_ >> 29;
        return *this;
    }
    std::uint64_t hash() const { return hash_; }

private:
    std::uint64_t hash_ = 0x9E3779B97F4A7C15u;
};

// Open addressing: nothing is copied or allocated to look.
class IdTable {
public:
    // Where the id of a thing stands for which same(id) is true, or where the caller has to put it: no_step. Valid
    // until the next call.
    template <class Same>
    StepId& find(std::uint64_t hash, Same&& same) {
        if (2 * (count_ + 1) > entries_.size()) grow();
        for (std::size_t place = hash;; ++place) {
            Entry& entry = entries_[place & (entries_.size() - 1)];
            if (entry.id == no_step) {
                ++count_;
                entry.hash = hash;
                return entry.id;
            }
            if (entry.hash == hash && same(entry.id)) return entry.id;
        }
    }

private:
    struct Entry {
        std::uint64_t hash = 0;
        StepId id = no_step;
    };

    void grow() {
        std::vector<Entry> larger(entries_.empty() ? 64 : 2 * entries_.size());
        for (const Entry& entry : entries_) {
            if (entry.id == no_step) continue;
            std::size_t place = entry.hash;
            while (larger[place & (larger.size() - 1)].id != no_step) ++place;
            larger[place & (larger.size() - 1)] = entry;
        }
        entries_.swap(larger);
    }

    std::vector<Entry> entries_;  // a power of two
    std::size_t count_ = 0;
};

}  // namespace evolve
