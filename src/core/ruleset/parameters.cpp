// Binding: parameters replaced by their values.
#include "core/ruleset/language.hpp"
#include "core/ruleset/names.hpp"

namespace evolve {
namespace {

void bind(Node& node, const std::map<std::string, Parameter>& parameters, std::string_view where) {
    if (node.op == Op::parameter) {
        const auto found = parameters.find(node.name);
        if (found == parameters.end()) {
            throw Error(ErrorCode::unknown_name, "there is no parameter " + in_quotes(node.name), std::string(where));
        }
        node = Node::number(found->second.value);
    }
    for (Node& arg : node.args) bind(arg, parameters, where);
}

}  // namespace

Ruleset bind_parameters(const Ruleset& ruleset) {
    Ruleset bound = ruleset;
    for_each_root(bound, [&](Node& root, const char* path) { bind(root, ruleset.parameters, path); });
    bound.parameters.clear();
    return bound;
}

Node bind_parameters(const Node& node, const std::map<std::string, Parameter>& parameters) {
    Node bound = node;
    bind(bound, parameters, "$");
    return bound;
}

}  // namespace evolve
