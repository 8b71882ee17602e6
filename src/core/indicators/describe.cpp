#include "core/indicators/describe.hpp"

#include <nlohmann/json.hpp>

#include "core/base/json_number.hpp"

namespace evolve {

nlohmann::json to_json(const Argument& argument) {
    nlohmann::json described{{"name", argument.name}};
    if (!argument.text.empty()) described["description"] = argument.text;
    switch (argument.kind) {
        case ArgKind::series:
            described["kind"] = "series";
            described["default"] = "close";
            break;
        case ArgKind::choice: {
            described["kind"] = "choice";
            described["default"] = argument.choices[static_cast<std::size_t>(argument.standard)];
            nlohmann::json choices = nlohmann::json::array();
            for (const std::string_view choice : argument.choices) choices.push_back(choice);
            described["choices"] = std::move(choices);
            break;
        }
        case ArgKind::integer:
        case ArgKind::real:
            described["kind"] = argument.kind == ArgKind::integer ? "integer" : "real";
            described["default"] = exact_number(argument.standard);
            described["min"] = exact_number(argument.minimum);
            described["max"] = exact_number(argument.maximum);
            break;
    }
    return described;
}

}  // namespace evolve
