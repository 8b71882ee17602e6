#include "core/ruleset/apply_parameters.hpp"

#include "core/ruleset/json_text.hpp"
#include "core/ruleset/names.hpp"

namespace evolve {

void apply_parameters(Ruleset& ruleset, std::string_view values) {
    Problems problems;  // throws
    const nlohmann::json document = read_json(values, {}, problems);
    if (!document.is_object()) {
        throw Error(ErrorCode::type_mismatch, "parameters must be an object, found " + described(document), "$",
                    "For example {\"fast\": 10}.");
    }
    for (const auto& [name, value] : document.items()) {
        const std::string path = "$" + path_step(name);
        const auto parameter = ruleset.parameters.find(name);
        if (parameter == ruleset.parameters.end()) {
            std::vector<std::string_view> names;
            for (const auto& [known, unused] : ruleset.parameters) names.push_back(known);
            throw Error(ErrorCode::unknown_name, "the ruleset has no parameter " + in_quotes(name), path,
                        suggestion(name, names, "Declare it under \"params\" of the ruleset."));
        }
        if (!value.is_number()) {
            throw Error(ErrorCode::type_mismatch, "expected a number, found " + described(value), path);
        }
        const double number = value.get<double>();
        parameter->second.value = number == 0 ? 0 : number;
    }
}

}  // namespace evolve
