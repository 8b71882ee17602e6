// Neighbours of a ruleset, for measuring how much depends on the exact numbers.
#include <cmath>
#include <set>

#include "core/genetics/walk.hpp"
#include "core/lifecycle/monitor.hpp"

namespace evolve {
namespace {

// Off the grid of a parameter, and at least one whole number away where only whole numbers make sense.
double shifted(const NumberSite& site, double share) {
    const double present = *site.value;
    const double wanted = present + std::fabs(present) * share;
    if (site.whole) {
        const double rounded = std::round(wanted);
        return rounded == present ? present + (share < 0 ? -1 : 1) : rounded;
    }
    return wanted;
}

std::vector<Ruleset> every_variant(const Ruleset& ruleset, const Policy& policy, const Limits& limits) {
    Ruleset copy = ruleset;
    const std::size_t sites = number_sites(copy).size();
    std::set<std::string> seen{fingerprint(ruleset)};
    std::vector<Ruleset> variants;
    for (std::size_t site = 0; site < sites; ++site) {
        for (const double share : {-policy.robustness_shift, policy.robustness_shift}) {
            Ruleset variant = ruleset;
            const NumberSite place = number_sites(variant)[site];
            *place.value = shifted(place, share);
            try {
                variant = canonical(bind_parameters(variant));
                validate(variant, limits);
            } catch (const Error& error) {
                if (error.code() == ErrorCode::internal) throw;
                continue;
            }
            if (seen.insert(fingerprint(variant)).second) variants.push_back(std::move(variant));
        }
    }
    return variants;
}

}  // namespace

std::vector<Ruleset> shifted_variants(const Ruleset& ruleset, const Policy& policy, const Limits& limits) {
    std::vector<Ruleset> all = every_variant(ruleset, policy, limits);
    const auto most = static_cast<std::size_t>(policy.robustness_max_variants);
    if (all.size() <= most) return all;
    std::vector<Ruleset> chosen;
    for (std::size_t i = 0; i < most; ++i) chosen.push_back(std::move(all[i * all.size() / most]));
    return chosen;
}

}  // namespace evolve
