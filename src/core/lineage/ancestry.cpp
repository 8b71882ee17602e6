#include "core/lineage/ancestry.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace evolve {
namespace {

constexpr std::size_t edges_per_poll = std::size_t{1} << 16;  // a few milliseconds of random reads
constexpr std::size_t first_slots = 1024;
constexpr std::size_t most_edges = std::size_t{1} << 31;

// Ids are random, or made by a hash themselves; the low bits of the product's high half are mixed well.
std::size_t hash_of(const StrategyId& id) {
    std::uint64_t halves[2];
    std::memcpy(halves, id.data(), sizeof halves);
    const std::uint64_t mixed = (halves[0] ^ (halves[1] << 1 | halves[1] >> 63)) * 0x9E3779B97F4A7C15u;
    return static_cast<std::size_t>(mixed >> 32 ^ mixed);
}

std::uint64_t big_endian(const std::uint8_t* bytes) {
    std::uint64_t number;
    std::memcpy(&number, bytes, sizeof number);
    return std::endian::native == std::endian::little ? __builtin_bswap64(number) : number;
}

// As comparing the bytes, without a call for each.
bool is_before(const StrategyId& a, const StrategyId& b) {
    const std::uint64_t left = big_endian(a.data()), right = big_endian(b.data());
    return left != right ? left < right : big_endian(a.data() + 8) < big_endian(b.data() + 8);
}

class Pacer {
public:
    explicit Pacer(const Control& control) : control_(control) {}
    void step(std::size_t work = 1) {
        done_ += work;
        if (done_ < edges_per_poll) return;
        done_ = 0;
        control_.check();
    }

private:
    const Control& control_;
    std::size_t done_ = 0;
};

class Bitmap {
public:
    explicit Bitmap(std::size_t size) : words_((size + 63) / 64) {}
    // False when it is set already.
    bool set(std::uint32_t bit) {
        std::uint64_t& word = words_[bit >> 6];
        const std::uint64_t mask = std::uint64_t{1} << (bit & 63);
        if ((word & mask) != 0) return false;
        word |= mask;
        return true;
    }

private:
    std::vector<std::uint64_t> words_;
};

}  // namespace

// The slot that holds the id, or the free one where it belongs.
std::size_t Ancestry::slot_of(const StrategyId& id) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = hash_of(id) & mask;
    while (slots_[slot] != 0 && ids_[slots_[slot] - 1] != id) slot = (slot + 1) & mask;
    return slot;
}

void Ancestry::grow_slots() {
    Pacer pacer(control_);
    std::vector<std::uint32_t> grown(std::max(first_slots, 2 * slots_.size()), 0);
    const std::size_t mask = grown.size() - 1;
    for (std::size_t n = 0; n < ids_.size(); ++n) {
        pacer.step();
        std::size_t slot = hash_of(ids_[n]) & mask;
        while (grown[slot] != 0) slot = (slot + 1) & mask;
        grown[slot] = static_cast<std::uint32_t>(n + 1);
    }
    slots_ = std::move(grown);
}

std::uint32_t Ancestry::number(const StrategyId& id) {
    if (2 * (ids_.size() + 1) > slots_.size()) grow_slots();
    const std::size_t slot = slot_of(id);
    if (slots_[slot] == 0) {
        ids_.push_back(id);
        slots_[slot] = static_cast<std::uint32_t>(ids_.size());
    }
    return slots_[slot] - 1;
}

void Ancestry::add_edge(const StrategyId& parent, const StrategyId& child) {
    if (edges_.size() >= most_edges || ids_.size() + 2 > most_edges)
        throw Error(ErrorCode::limit_exceeded, "a family of more than 2^31 edges does not fit in memory");
    const std::uint32_t above = number(parent), below = number(child);
    edges_.push_back({.parent = above, .child = below});
}

std::size_t Ancestry::memory() const {
    const auto bytes = [](const auto& vector) { return vector.capacity() * sizeof(vector[0]); };
    return bytes(ids_) + bytes(slots_) + bytes(edges_) + bytes(parents_.starts) + bytes(parents_.targets) +
           bytes(children_.starts) + bytes(children_.targets);
}

std::size_t Ancestry::memory_for(std::size_t edges) {
    // Vectors that double hold twice an edge (8 bytes) and an id (16); four slots (4) of which one is used; the rows of
    // both directions (8 each), twice while they are made; what a search meets (4, twice) and what is returned (20).
    return edges * (2 * (8 + 16) + 4 * 4 + 3 * 8 + 2 * 4 + 20 + 4) + 2 * first_slots * sizeof(std::uint32_t);
}

std::optional<std::uint32_t> Ancestry::find(const StrategyId& id) const {
    if (slots_.empty()) return std::nullopt;
    const std::size_t slot = slot_of(id);
    if (slots_[slot] == 0) return std::nullopt;
    return slots_[slot] - 1;
}

void Ancestry::prepare(Kin direction) {
    Rows& kept = direction == Kin::ancestors ? parents_ : children_;
    if (kept.starts.size() == ids_.size() + 1 && kept.targets.size() == edges_.size()) return;
    const auto from = [&](const Edge& edge) { return direction == Kin::ancestors ? edge.child : edge.parent; };
    const auto to = [&](const Edge& edge) { return direction == Kin::ancestors ? edge.parent : edge.child; };
    Pacer pacer(control_);
    // How many targets each has, then where they begin, then the targets. Kept when it is whole: a poll may throw.
    Rows made;
    made.starts.assign(ids_.size() + 1, 0);
    for (const Edge& edge : edges_) {
        pacer.step();
        ++made.starts[from(edge) + 1];
    }
    for (std::size_t n = 1; n < made.starts.size(); ++n) made.starts[n] += made.starts[n - 1];
    made.targets.resize(edges_.size());
    std::vector<std::uint32_t> next(made.starts.begin(), made.starts.end() - 1);
    for (const Edge& edge : edges_) {
        pacer.step();
        made.targets[next[from(edge)]++] = to(edge);
    }
    kept = std::move(made);
}

Met Ancestry::search(std::uint32_t start, Kin direction, std::int32_t max_distance) const {
    const Rows& row = rows(direction);
    if (row.starts.size() != ids_.size() + 1 || row.targets.size() != edges_.size())
        throw Error(ErrorCode::internal, "a search before prepare()");
    Bitmap seen(ids_.size());
    seen.set(start);
    Pacer pacer(control_);
    Met met;
    // The frontier is the last level of what is met: nothing is copied.
    const auto expand = [&](std::uint32_t node) {
        pacer.step(1 + row.starts[node + 1] - row.starts[node]);
        for (std::uint32_t at = row.starts[node]; at < row.starts[node + 1]; ++at)
            if (seen.set(row.targets[at])) met.nodes.push_back(row.targets[at]);
    };
    if (max_distance != 0) expand(start);
    for (std::size_t begin = 0; begin < met.nodes.size();) {
        const std::size_t end = met.nodes.size();
        met.level_ends.push_back(end);
        if (max_distance >= 0 && met.level_ends.size() >= static_cast<std::size_t>(max_distance)) break;
        for (; begin < end; ++begin) expand(met.nodes[begin]);
    }
    return met;
}

std::vector<Relative> Ancestry::relatives(const StrategyId& start, Kin direction, std::int32_t max_distance) {
    const std::optional<std::uint32_t> from = find(start);
    if (!from) return {};
    prepare(direction);
    const Met met = search(*from, direction, max_distance);
    std::vector<Relative> found;
    found.reserve(met.nodes.size());
    Pacer pacer(control_);
    std::size_t begin = 0;
    for (std::size_t level = 0; level < met.level_ends.size(); ++level) {
        for (std::size_t i = begin; i < met.level_ends[level]; ++i)
            found.push_back({.id = ids_[met.nodes[i]], .distance = static_cast<std::int32_t>(level + 1)});
        std::sort(found.begin() + static_cast<std::ptrdiff_t>(begin), found.end(),
                  [&](const Relative& a, const Relative& b) {
                      pacer.step();
                      return is_before(a.id, b.id);
                  });
        begin = met.level_ends[level];
    }
    return found;
}

}  // namespace evolve
