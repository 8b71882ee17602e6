#include "core/royalty/shares.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/error.hpp"
#include "core/royalty/split.hpp"

namespace evolve {
namespace {

[[noreturn]] void bad_rule(std::string_view text) {
    throw Error(ErrorCode::invalid_option, "\"" + std::string(text.substr(0, 100)) + "\" is not a share rule", {},
                "owner, edges PARTS or generations PARTS ..., in parts of a million.");
}

struct Fraction {
    std::int64_t part, whole;
};

// What the creator of a child of `level` keeps.
Fraction creator_part(const ShareRule& rule, std::int32_t level, const ParentEdge& edge) {
    switch (rule.kind) {
        case ShareRuleKind::owner:
            return {.part = 0, .whole = 1};
        case ShareRuleKind::edges:
            return {.part = edge.creator_part >= 0 ? edge.creator_part : rule.parts[0], .whole = million};
        case ShareRuleKind::generations:
            break;
    }
    const auto levels = static_cast<std::size_t>(level);
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < std::min(levels, rule.parts.size()); ++i) sum += rule.parts[i];
    return {.part = levels <= rule.parts.size() ? rule.parts[levels - 1] : 0, .whole = sum};
}

struct Contribution {
    Uuid person;
    Int128 weight;
    std::int32_t level;
};

// What everybody gets from one parent, by person: its sharers, and the child's creator in his place among them.
void contribute(std::vector<Contribution>& gathered, const ParentEdge& edge, const Fraction& creator,
                std::int32_t level) {
    const Contribution own{
        .person = edge.creator, .weight = Int128{edge.weight} * creator.part * whole_share, .level = level};
    const Int128 rest = Int128{edge.weight} * (creator.whole - creator.part);
    bool placed = own.weight == 0;
    for (const Share& share : edge.shares) {
        if (!placed && edge.creator < share.person) {
            gathered.push_back(own);
            placed = true;
        }
        if (rest != 0) gathered.push_back({.person = share.person, .weight = rest * share.share, .level = share.level});
    }
    if (!placed) gathered.push_back(own);
}

// One entry a person: the weights added, the lowest level.
void merge_equal(std::vector<Contribution>& gathered) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < gathered.size(); ++i) {
        if (kept > 0 && gathered[kept - 1].person == gathered[i].person) {
            gathered[kept - 1].weight = add(gathered[kept - 1].weight, gathered[i].weight);
            gathered[kept - 1].level = std::min(gathered[kept - 1].level, gathered[i].level);
        } else {
            gathered[kept++] = gathered[i];
        }
    }
    gathered.resize(kept);
}

}  // namespace

Shares sole_share(const Uuid& person, std::int32_t level) {
    return {{.person = person, .share = static_cast<std::int32_t>(whole_share), .level = level}};
}

ShareRule parse_share_rule(std::string_view text) {
    ShareRule rule;
    std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view name = text.substr(0, end);
    while (end < text.size()) {
        const std::size_t start = end + 1;
        end = std::min(text.find(' ', start), text.size());
        std::int64_t part = -1;
        const auto read = std::from_chars(text.data() + start, text.data() + end, part);
        if (read.ec != std::errc{} || read.ptr != text.data() + end || part < 0 || part > million) bad_rule(text);
        rule.parts.push_back(part);
    }
    if (name == "owner" && rule.parts.empty()) return rule;
    rule.kind = name == "edges" ? ShareRuleKind::edges : ShareRuleKind::generations;
    const bool right = name == "edges" ? rule.parts.size() == 1
                                       : name == "generations" && !rule.parts.empty() && rule.parts[0] > 0 &&
                                             rule.parts.size() <= 1000;
    if (!right) bad_rule(text);
    return rule;
}

std::string to_text(const ShareRule& rule) {
    std::string text = rule.kind == ShareRuleKind::owner   ? "owner"
                       : rule.kind == ShareRuleKind::edges ? "edges"
                                                           : "generations";
    for (const std::int64_t part : rule.parts) text += " " + std::to_string(part);
    return text;
}

Shares child_shares(const ShareRule& rule, const Uuid& child, std::int32_t level, std::span<const ParentEdge> parents) {
    if (level < 2 || parents.empty()) throw Error(ErrorCode::invalid_option, "shares of a child need a parent");
    const auto by_person = [](const Contribution& a, const Contribution& b) { return a.person < b.person; };
    std::vector<Contribution> gathered;
    for (const ParentEdge& edge : parents) {
        if (edge.weight < 1 || edge.weight > million || edge.creator_part > million)
            throw Error(ErrorCode::invalid_option, "weight or part of a parent is out of range");
        const auto before = static_cast<std::ptrdiff_t>(gathered.size());
        contribute(gathered, edge, creator_part(rule, level, edge), level);
        std::inplace_merge(gathered.begin(), gathered.begin() + before, gathered.end(), by_person);
    }
    merge_equal(gathered);
    std::vector<Claim> claims;
    claims.reserve(gathered.size());
    for (const Contribution& entry : gathered) claims.push_back({.person = entry.person, .weight = entry.weight});
    const std::vector<Int128> parts =
        split(whole_share, claims, {reinterpret_cast<const char*>(child.data()), child.size()});
    Shares shares;
    shares.reserve(gathered.size());
    for (std::size_t i = 0; i < gathered.size(); ++i) {
        const auto share = static_cast<std::int32_t>(parts[i]);
        if (share > 0) shares.push_back({.person = gathered[i].person, .share = share, .level = gathered[i].level});
    }
    return shares;
}

std::string share_set_bytes(std::span<const Share> shares) {
    std::string bytes;
    bytes.reserve(24 * shares.size());
    const auto append = [&](std::int32_t number) {
        for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 255);
    };
    for (const Share& share : shares) {
        bytes.append(reinterpret_cast<const char*>(share.person.data()), share.person.size());
        append(share.share);
        append(share.level);
    }
    return bytes;
}

Shares read_share_set(std::string_view bytes) {
    constexpr std::size_t entry = 24;
    const auto number = [&](std::size_t at) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
        return static_cast<std::int32_t>(value);
    };
    Shares shares;
    std::int64_t sum = 0;
    bool right = bytes.size() % entry == 0;
    for (std::size_t at = 0; right && at < bytes.size(); at += entry) {
        Share share{.person = {}, .share = number(at + 16), .level = number(at + 20)};
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), share.person.size(), share.person.begin());
        right = share.share > 0 && share.level > 0 && (shares.empty() || shares.back().person < share.person);
        sum += share.share;
        shares.push_back(share);
    }
    if (!right || sum != whole_share) throw Error(ErrorCode::invalid_option, "these bytes are not a share set");
    return shares;
}

}  // namespace evolve
