#include "core/lineage/alike.hpp"

#include <cmath>
#include <map>

#include "core/base/error.hpp"
#include "core/genetics/similarity.hpp"
#include "core/genetics/walk.hpp"
#include "core/ruleset/language.hpp"

namespace evolve {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

Ruleset numbers_alike(const Ruleset& ruleset) {
    Ruleset result = bind_parameters(ruleset);
    for (const NumberSite& site : number_sites(result)) *site.value = 1;
    return result;
}

double parameter_likeness(const Ruleset& left, const Ruleset& right) {
    Ruleset one = bind_parameters(left), two = bind_parameters(right);
    std::map<std::string, double> values;
    for (const NumberSite& site : number_sites(one)) values.emplace(site.path, *site.value);
    double sum = 0;
    std::size_t shared = 0;
    for (const NumberSite& site : number_sites(two)) {
        const auto found = values.find(site.path);
        if (found == values.end()) continue;
        const double x = found->second, y = *site.value, size = std::abs(x) + std::abs(y);
        sum += size > 0 ? 1 - std::abs(x - y) / size : 1;
        ++shared;
    }
    return shared > 0 ? sum / static_cast<double>(shared) : unknown;
}

}  // namespace

Likeness likeness(const Ruleset& left, const Ruleset& right) {
    return {.overall = similarity(left, right),
            .structure = similarity(numbers_alike(left), numbers_alike(right)),
            .parameters = parameter_likeness(left, right),
            .signals = unknown};
}

double signal_likeness(std::span<const double> left, std::span<const double> right) {
    if (left.size() != right.size()) throw Error(ErrorCode::internal, "positions on different bars");
    std::size_t either = 0, same = 0;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const int a = (left[i] > 0) - (left[i] < 0), b = (right[i] > 0) - (right[i] < 0);
        if (a != 0 || b != 0) ++either;
        if (a != 0 && a == b) ++same;
    }
    return either > 0 ? static_cast<double>(same) / static_cast<double>(either) : unknown;
}

}  // namespace evolve
