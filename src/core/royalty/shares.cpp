#include "core/royalty/shares.hpp"

#include <algorithm>
#include <charconv>
#include <map>

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

struct Gathered {
    Int128 weight = 0;
    std::int32_t level = 0;
};

void gather(Gathered& person, Int128 weight, std::int32_t level) {
    if (weight == 0) return;
    person.level = person.weight == 0 ? level : std::min(person.level, level);
    person.weight = add(person.weight, weight);
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
    std::map<Uuid, Gathered> people;
    for (const ParentEdge& edge : parents) {
        if (edge.weight < 1 || edge.weight > million || edge.creator_part > million)
            throw Error(ErrorCode::invalid_option, "weight or part of a parent is out of range");
        const Fraction creator = creator_part(rule, level, edge);
        gather(people[edge.creator], Int128{edge.weight} * creator.part * whole_share, level);
        for (const Share& share : edge.shares)
            gather(people[share.person], Int128{edge.weight} * (creator.whole - creator.part) * share.share,
                   share.level);
    }
    std::vector<Claim> claims;
    for (const auto& [person, gathered] : people) claims.push_back({.person = person, .weight = gathered.weight});
    const std::vector<Int128> parts =
        split(whole_share, claims, {reinterpret_cast<const char*>(child.data()), child.size()});
    Shares shares;
    std::size_t at = 0;
    for (const auto& [person, gathered] : people) {
        const auto share = static_cast<std::int32_t>(parts[at++]);
        if (share > 0) shares.push_back({.person = person, .share = share, .level = gathered.level});
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
