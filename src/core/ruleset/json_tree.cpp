#include "core/ruleset/json_tree.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/ruleset/json_text.hpp"
#include "core/ruleset/names.hpp"
#include "core/ruleset/operators.hpp"
#include "core/ruleset/text_lexer.hpp"
#include "core/ruleset/text_parser.hpp"

namespace evolve {
namespace {

using nlohmann::json;
using Text = std::string_view;

constexpr std::array operation_keys{Text("op"), Text("args"), Text("output")};
constexpr std::array parameter_keys{Text("param")};

constexpr Text number_hint = "Write a number, {\"param\": \"name\"} or \"$name\".";

class Reader {
public:
    explicit Reader(Builder& builder) : builder_(builder) {}

    // A name that only an indicator can make sense of stays a `choice`.
    Parsed tree(const json& value, const std::string& path);

private:
    Parsed fault(ErrorCode code, const std::string& path, std::string message, std::string hint = {}) {
        builder_.problems().error(code, path, std::move(message), std::move(hint));
        return builder_.broken({path});
    }
    bool known_keys(const json& object, std::span<const Text> keys, const std::string& path);
    Parsed text(const std::string& text, const std::string& path);
    Parsed parameter(const json& object, const std::string& path);
    Parsed operation(const json& object, const std::string& path);
    std::vector<Parsed> arguments(const json& object, const std::string& path, bool& sound);

    Builder& builder_;
};

Node number_node(const json& value) {
    const double number = value.get<double>();
    return Node::number(number == 0 ? 0 : number);  // -0 is written 0
}

Parsed Reader::tree(const json& value, const std::string& path) {
    switch (value.type()) {
        case json::value_t::object:
            return value.contains("param") ? parameter(value, path) : operation(value, path);
        case json::value_t::string:
            return text(value.get_ref<const std::string&>(), path);
        case json::value_t::number_integer:
        case json::value_t::number_unsigned:
        case json::value_t::number_float:
            return builder_.leaf(number_node(value), {path});
        case json::value_t::array:
            return fault(
                ErrorCode::type_mismatch, path, "expected a tree or a text, found an array",
                "Join conditions with {\"op\": \"and\", \"args\": [...]} or {\"op\": \"or\", \"args\": [...]}.");
        default:
            return fault(ErrorCode::type_mismatch, path, "expected a tree or a text, found " + described(value),
                         "Write {\"op\": ..., \"args\": [...]} or a text such as \"close > sma(close, 50)\".");
    }
}

Parsed Reader::text(const std::string& text, const std::string& path) {
    try {
        return parse_text(text, path, builder_);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::limit_exceeded) throw;  // stops all reading
        builder_.problems().add(error);
        return builder_.broken({path, 1});
    }
}

bool Reader::known_keys(const json& object, std::span<const Text> keys, const std::string& path) {
    bool sound = true;
    for (const auto& [key, value] : object.items()) {
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
        sound = false;
        fault(ErrorCode::unknown_name, path + path_step(key), "unknown key " + in_quotes(key),
              suggestion(key, keys, "The keys here are " + listed(keys) + "."));
    }
    return sound;
}

Parsed Reader::parameter(const json& object, const std::string& path) {
    if (!known_keys(object, parameter_keys, path)) return builder_.broken({path});
    const json& name = object.at("param");
    if (!name.is_string()) {
        return fault(ErrorCode::type_mismatch, path + ".param",
                     "expected the name of a parameter, found " + described(name));
    }
    return builder_.leaf(Node::parameter(name.get<std::string>()), {path});
}

std::vector<Parsed> Reader::arguments(const json& object, const std::string& path, bool& sound) {
    std::vector<Parsed> args;
    const auto found = object.find("args");
    if (found == object.end()) return args;
    if (!found->is_array()) {
        sound = false;
        fault(ErrorCode::type_mismatch, path + ".args", "expected an array of arguments, found " + described(*found));
        return args;
    }
    for (std::size_t i = 0; i < found->size(); ++i) {
        std::string step = ".args[" + std::to_string(i) + "]";
        args.push_back(tree((*found)[i], path + step));
        args.back().origin.step = std::move(step);
    }
    return args;
}

// How many arguments an operator takes, in words.
std::string count_of(const Operator& known) {
    const std::string least = std::to_string(known.min_args);
    if (known.max_args == 0) return "at least " + least + " arguments";
    return least + (known.min_args == 1 ? " argument" : " arguments");
}

Parsed Reader::operation(const json& object, const std::string& path) {
    bool sound = known_keys(object, operation_keys, path);
    const auto name = object.find("op");
    if (name == object.end() || !name->is_string()) {
        return fault(
            name == object.end() ? ErrorCode::invalid_ruleset : ErrorCode::type_mismatch,
            name == object.end() ? path : path + ".op",
            name == object.end() ? "\"op\" is missing" : "expected the name of an operator, found " + described(*name),
            "A tree is {\"op\": \"gt\", \"args\": [\"close\", 10]}.");
    }
    const auto output = object.find("output");
    if (output != object.end() && !output->is_string()) {
        sound = false;
        fault(ErrorCode::type_mismatch, path + ".output",
              "expected the name of an output, found " + described(*output));
    }
    const std::string& op = name->get_ref<const std::string&>();
    std::vector<Parsed> args = arguments(object, path, sound);
    const Operator* known = find_operator(op);
    const bool with_output = output != object.end() && output->is_string();
    if (known == nullptr) {
        if (!sound) return builder_.broken({path});
        const std::string output_path = path + ".output";
        return builder_.call(op, std::move(args), with_output ? Text(output->get_ref<const std::string&>()) : Text{},
                             {path}, {output_path});
    }
    if (with_output) {
        sound = false;
        fault(ErrorCode::unknown_name, path + ".output", "the operator " + in_quotes(known->name) + " has no outputs",
              "Only indicators have them.");
    }
    const bool minus_sign = known->op == Op::subtract && args.size() == 1 && op == "-";
    if (minus_sign) known = operator_of(Op::negate);
    if (args.size() < known->min_args || (known->max_args != 0 && args.size() > known->max_args)) {
        if (!sound) return builder_.broken({path});
        return fault(ErrorCode::invalid_ruleset, path,
                     std::string(known->name) + " takes " + count_of(*known) + ", got " + std::to_string(args.size()));
    }
    if (!sound) return builder_.broken({path});
    return builder_.operation(known->op, std::move(args), {path});
}

}  // namespace

Parsed parse_tree(const json& value, const std::string& path, Builder& builder) {
    Parsed parsed = Reader(builder).tree(value, path);
    builder.refuse_name(parsed, path);
    return parsed;
}

Parsed parse_number(const json& value, const std::string& path, Builder& builder) {
    if (value.is_number()) return builder.leaf(number_node(value), {path});
    if (value.is_string()) {
        const std::string& text = value.get_ref<const std::string&>();
        if (text.starts_with('$') && is_parameter_name(Text(text).substr(1))) {
            return builder.leaf(Node::parameter(text.substr(1)), {path});
        }
    }
    if (value.is_object() && value.size() == 1 && value.contains("param") && value["param"].is_string()) {
        return builder.leaf(Node::parameter(value["param"].get<std::string>()), {path});
    }
    builder.problems().error(ErrorCode::type_mismatch, path,
                             "expected a number or a parameter, found " + described(value), std::string(number_hint));
    return builder.broken({path});
}

}  // namespace evolve
