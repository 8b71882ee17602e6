#include <cmath>

#include "core/genetics/mutation.hpp"
#include "core/genetics/pick.hpp"
#include "core/genetics/walk.hpp"

namespace evolve {

double TweakWidths::width(double score) const {
    if (score >= fine_score) return fine;
    return score >= medium_score ? medium : coarse;
}

Step tweak_parameter(Ruleset& draft, const MutationContext& context, Random& random) {
    const std::vector<NumberSite> sites = number_sites(draft);
    if (sites.empty()) return std::nullopt;
    const double width = context.widths.width(context.score);
    const std::size_t first = random.below(sites.size());
    const double shift = width * (2 * random.uniform() - 1);
    // A number that cannot move (a zero, a domain of one value) passes the turn to the next.
    for (std::size_t i = 0; i < sites.size(); ++i) {
        const NumberSite& site = sites[(first + i) % sites.size()];
        const double present = *site.value;
        const double wanted = present == 0 ? shift * site.step : present + std::fabs(present) * shift;
        const double value = moved_value(site, wanted);
        if (std::isnan(value)) continue;
        *site.value = value;
        return replacement("parameter_tweak", site.path, present, value);
    }
    return std::nullopt;
}

}  // namespace evolve
