// SHA-256 over an unambiguous byte form of the lowered ruleset. The bytes never change for a given meaning: names, not
// numbers of enumerators, stand in them, and the first bytes name the version of the form.
#include <algorithm>
#include <bit>
#include <cstdint>

#include "core/base/sha256.hpp"
#include "core/ruleset/canonical.hpp"
#include "core/ruleset/language.hpp"
#include "core/ruleset/operators.hpp"

namespace evolve {
namespace {

class Bytes {
public:
    void tag(char c) { bytes_ += c; }
    void count(std::size_t n) { word(n, 4); }
    void number(double value) { word(std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value), 8); }
    void text(std::string_view text) {
        count(text.size());
        bytes_ += text;
    }
    void node(const Node& node);
    void rule(char name, const std::optional<Node>& rule);
    void level(char name, const std::optional<ExitLevel>& level);
    const std::string& bytes() const { return bytes_; }

private:
    void word(std::uint64_t value, int size) {  // little-endian
        for (int i = 0; i < size; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xFF);
    }
    std::string bytes_ = "evolve ruleset 1\n";
};

void Bytes::node(const Node& node) {
    switch (node.op) {
        case Op::constant:
            tag('#');
            return number(node.value);
        case Op::series:
            tag('s');
            return text(node.name);
        case Op::choice:
            tag('c');
            return text(node.name);
        case Op::indicator: {
            const Indicator* known = find_indicator(node.name);
            if (known == nullptr || node.output >= known->outputs.size()) {
                throw Error(ErrorCode::internal, "only a checked ruleset has a fingerprint");
            }
            tag('i');
            text(node.name);
            text(known->outputs[node.output].name);
            break;
        }
        case Op::parameter:
            throw Error(ErrorCode::internal, "only a bound ruleset has a fingerprint");
        default:
            tag('o');
            text(op_name(node.op));
    }
    count(node.args.size());
    for (const Node& arg : node.args) this->node(arg);
}

void Bytes::rule(char name, const std::optional<Node>& rule) {
    if (!rule) return;
    tag(name);
    node(lowered(*rule));
}

void Bytes::level(char name, const std::optional<ExitLevel>& level) {
    if (!level) return;
    tag(name);
    const bool percent = level->kind == ExitLevel::Kind::percent;
    tag(percent ? '%' : 'a');
    node(level->distance);
    if (!percent) node(level->period);
}

}  // namespace

std::string fingerprint(const Ruleset& ruleset) {
    const Ruleset bound = canonical(bind_parameters(ruleset));
    Bytes bytes;
    // A side counts when it is on and has an entry; without one its exit never acts.
    if (bound.direction != Direction::short_only && bound.long_side.entry) {
        bytes.rule('L', bound.long_side.entry);
        bytes.rule('l', bound.long_side.exit);
    }
    if (bound.direction != Direction::long_only && bound.short_side.entry) {
        bytes.rule('S', bound.short_side.entry);
        bytes.rule('s', bound.short_side.exit);
    }
    bytes.level('x', bound.stop_loss);
    bytes.level('p', bound.take_profit);
    bytes.level('t', bound.trailing_stop);
    bytes.rule('m', bound.max_bars);
    bytes.rule('w', bound.cooldown_bars);
    if (bound.sizing) {
        bytes.tag('z');
        bytes.tag("*fu"[static_cast<std::size_t>(bound.sizing->kind)]);
        if (bound.sizing->kind != Sizing::Kind::all_in) bytes.node(bound.sizing->amount);
    }
    if (!bound.symbols.empty()) {
        bytes.tag('y');
        bytes.count(bound.symbols.size());
        for (const std::string& symbol : bound.symbols) bytes.text(symbol);
    }
    if (bound.timeframe) {
        bytes.tag('f');
        bytes.text(to_string(*bound.timeframe));
    }
    return sha256_hex(bytes.bytes());
}

}  // namespace evolve
