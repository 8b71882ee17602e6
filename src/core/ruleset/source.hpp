// Trees while they are being read: with the place where each part was written, and under the limits.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ruleset/node.hpp"
#include "core/ruleset/problems.hpp"

namespace evolve {

// Settings clamped to the ceilings that cannot be raised.
Limits effective(const Limits& limits);

// Throws Error (limit_exceeded) with a message that names the limit.
void check_bytes(std::string_view text, const Limits& limits);

// Where a node was written. Same shape as the tree of nodes.
struct Origin {
    std::string step;          // what follows the parent's JSON path, e.g. ".args[1]"; empty within one text
    std::size_t position = 0;  // 1-based character in the text that it stands in; 0: it does not stand in a text
    bool broken = false;       // its error was reported: say nothing more of it
    std::vector<Origin> args = {};
};

struct Parsed {
    Node node;
    Origin origin;
    std::size_t height = 1;  // levels of the tree
};

// A place to report: "$.entry.args[0]", "$.entry, position 7", "position 7".
struct Place {
    std::string_view path;
    std::size_t position = 0;
    std::string where() const;
};

// The way from a root down to the node that is being looked at, without building the path's text until it is needed.
class Trail {
public:
    // origin may be null: the tree was not read but made, and the path is counted from the root.
    Trail(std::string_view root, const Origin* origin) : root_(root), origin_(origin) {}
    Trail child(std::size_t index) const;
    bool broken() const { return origin_ != nullptr && origin_->broken; }
    std::string where() const;

private:
    std::string path() const;

    std::string_view root_;
    const Trail* parent_ = nullptr;
    const Origin* origin_ = nullptr;
    std::size_t index_ = 0;
};

// What an argument is when it is left out.
Node standard_value(const Argument& argument);

// Puts nodes together, counting them; knows what an indicator's call leaves out.
class Builder {
public:
    Builder(Problems& problems, const Limits& limits) : problems_(problems), limits_(effective(limits)) {}

    Problems& problems() const { return problems_; }
    const Limits& limits() const { return limits_; }

    Parsed leaf(Node node, Place place);
    // For something whose error was reported.
    Parsed broken(Place place);
    // The number of arguments must be right already.
    Parsed operation(Op op, std::vector<Parsed> args, Place place);
    // An indicator by name or alias: the series left out becomes close, arguments left out their defaults, names of
    // choices their spelling. `output` empty: the first. Reports unknown names.
    Parsed call(std::string_view name, std::vector<Parsed> args, std::string_view output, Place place,
                Place output_place);
    // A lone name that no indicator took as a choice is a series that does not exist: reports it.
    void refuse_name(Parsed& parsed, std::string_view path) const;

private:
    void count_node(Place place);
    Parsed grown(Parsed parsed, Place place) const;

    Problems& problems_;
    Limits limits_;
    std::size_t nodes_ = 0;
};

}  // namespace evolve
