#include "core/ruleset/parameter_grid.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/base/number.hpp"
#include "core/ruleset/json_text.hpp"
#include "core/ruleset/names.hpp"

namespace evolve {
namespace {

using nlohmann::json;

constexpr const char* axis_hint = "A list such as [5, 10, 20], or {\"from\": 5, \"to\": 50, \"step\": 5}.";

[[noreturn]] void too_large(std::size_t most_points, const std::string& path) {
    throw Error(ErrorCode::limit_exceeded,
                "the grid has more than " + format_number(static_cast<double>(most_points)) + " points", path,
                "Take fewer values, or raise the setting sweep_max_points.");
}

double number_in(const json& value, const std::string& path) {
    if (!value.is_number())
        throw Error(ErrorCode::type_mismatch, "expected a number, found " + described(value), path, axis_hint);
    const double number = value.get<double>();
    if (!std::isfinite(number)) throw Error(ErrorCode::out_of_range, "a number of the grid is too large", path);
    return number == 0 ? 0 : number;
}

// 0.1 + 2 * 0.1 is meant to be 0.3: the nearest number of 12 digits.
double rounded(double value) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 11);
    double result = value;
    std::from_chars(text, end.ptr, result);
    return result == 0 ? 0 : result;
}

std::vector<double> range(double from, double to, double step, std::size_t most_points, const std::string& path) {
    if (!(step > 0)) throw Error(ErrorCode::invalid_option, "the step of a range must be above 0", path, axis_hint);
    if (from > to)
        throw Error(ErrorCode::invalid_option,
                    "the range begins at " + format_number(from) + " and ends below, at " + format_number(to), path,
                    axis_hint);
    const double steps = std::floor((to - from) / step + 1e-9);
    if (!(steps < static_cast<double>(most_points))) too_large(most_points, path);
    std::vector<double> values;
    for (double i = 0; i <= steps; ++i) values.push_back(i == 0 ? from : std::min(rounded(from + i * step), to));
    return values;
}

std::vector<double> range_of(const json& value, std::size_t most_points, const std::string& path) {
    for (const auto& [key, unused] : value.items())
        if (key != "from" && key != "to" && key != "step")
            throw Error(ErrorCode::unknown_name, "unknown key " + in_quotes(key) + " of a range", path + path_step(key),
                        axis_hint);
    double bounds[3];
    for (std::size_t i = 0; i < 3; ++i) {
        const char* const key = std::array{"from", "to", "step"}[i];
        if (!value.contains(key))
            throw Error(ErrorCode::invalid_option, "a range needs from, to and step", path, axis_hint);
        bounds[i] = number_in(value[key], path + path_step(key));
    }
    return range(bounds[0], bounds[1], bounds[2], most_points, path);
}

std::vector<double> axis_values(const json& value, std::size_t most_points, const std::string& path) {
    if (value.is_object()) return range_of(value, most_points, path);
    if (!value.is_array() || value.empty())
        throw Error(ErrorCode::type_mismatch,
                    "expected a list of numbers or a range, found " +
                        (value.is_array() ? std::string("an empty list") : described(value)),
                    path, axis_hint);
    if (value.size() > most_points) too_large(most_points, path);
    std::vector<double> values;
    for (std::size_t i = 0; i < value.size(); ++i)
        values.push_back(number_in(value[i], path + "[" + std::to_string(i) + "]"));
    return values;
}

}  // namespace

ParameterGrid::ParameterGrid(const Ruleset& ruleset, std::string_view grid, const Limits& limits,
                             std::size_t most_points, const Control& control)
    : ruleset_(ruleset) {
    if (grid.empty()) {
        for (const auto& [name, parameter] : ruleset.parameters)
            if (parameter.minimum && parameter.maximum && parameter.step)
                axes_.push_back({name, range(*parameter.minimum, *parameter.maximum, *parameter.step, most_points,
                                             "$.params" + path_step(name))});
        if (axes_.empty())
            throw Error(ErrorCode::invalid_option, "no parameter of the ruleset has a range to sweep over", {},
                        "Give a grid, or the parameters min, max and step.");
    } else {
        Problems problems;
        const json document = read_json(grid, {}, problems);
        if (!document.is_object() || document.empty())
            throw Error(ErrorCode::type_mismatch, "the grid must be an object that names parameters", "$",
                        "For example {\"fast\": [5, 10, 20], \"slow\": {\"from\": 20, \"to\": 100, \"step\": 20}}.");
        for (const auto& [name, value] : document.items()) {
            const std::string path = "$" + path_step(name);
            if (!ruleset.parameters.contains(name)) {
                std::vector<std::string_view> names;
                for (const auto& [known, unused] : ruleset.parameters) names.push_back(known);
                throw Error(ErrorCode::unknown_name, "the ruleset has no parameter " + in_quotes(name), path,
                            suggestion(name, names, "Declare it under \"params\" of the ruleset."));
            }
            axes_.push_back({name, axis_values(value, most_points, path)});
        }
        std::sort(axes_.begin(), axes_.end(), [](const GridAxis& a, const GridAxis& b) { return a.name < b.name; });
    }
    for (const GridAxis& axis : axes_) {
        if (axis.values.size() > most_points / size_) too_large(most_points, "$");
        size_ *= axis.values.size();
    }
    check(limits, control);
}

// Domains are of one parameter each, so every value is checked once and not in every point; what a point needs of
// history grows with every parameter, so the greatest values together need most.
void ParameterGrid::check(const Limits& limits, const Control& control) const {
    Ruleset greatest = ruleset_;
    for (const GridAxis& axis : axes_) {
        Ruleset varied = ruleset_;
        double& value = varied.parameters.at(axis.name).value;
        for (const double candidate : axis.values) {
            control.check();
            value = candidate;
            try {
                validate(varied, limits);
            } catch (const Error& error) {
                throw Error(
                    error.code(),
                    "parameter " + in_quotes(axis.name) + " = " + format_number(candidate) + ": " + error.message(),
                    error.where(), error.hint());
            }
        }
        greatest.parameters.at(axis.name).value = *std::max_element(axis.values.begin(), axis.values.end());
    }
    validate(greatest, limits);
}

std::vector<double> ParameterGrid::point(std::size_t number) const {
    std::vector<double> values(axes_.size());
    for (std::size_t i = axes_.size(); i-- > 0; number /= axes_[i].values.size())
        values[i] = axes_[i].values[number % axes_[i].values.size()];
    return values;
}

Ruleset ParameterGrid::ruleset(std::size_t number) const {
    Ruleset result = ruleset_;
    const std::vector<double> values = point(number);
    for (std::size_t i = 0; i < axes_.size(); ++i) result.parameters.at(axes_[i].name).value = values[i];
    return result;
}

std::string ParameterGrid::values(std::size_t number) const {
    std::string text = "{";
    const std::vector<double> values = point(number);
    for (std::size_t i = 0; i < axes_.size(); ++i)
        text += (i == 0 ? "" : ", ") + json(axes_[i].name).dump() + ": " + format_number(values[i]);
    return text + "}";
}

}  // namespace evolve
