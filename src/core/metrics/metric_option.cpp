#include "core/metrics/metric_option.hpp"

#include <string_view>
#include <vector>

#include "core/ruleset/json_text.hpp"

namespace evolve {
namespace {

using nlohmann::json;

[[noreturn]] void refuse() {
    throw Error(ErrorCode::invalid_option,
                "option \"metrics\" must be \"all\", \"basic\" or a list of names of metrics", "$.metrics",
                "For example [\"total_return\", \"sharpe_ratio\"].");
}

MetricSet wanted_metrics(const json& value) {
    if (value == "all") return every_metric;
    if (value == "basic") return basic_metrics();
    if (!value.is_array() || value.empty()) refuse();
    std::vector<std::string_view> names;
    for (const json& name : value) {
        if (!name.is_string()) refuse();
        names.push_back(name.get_ref<const std::string&>());
    }
    return metric_set(names);
}

}  // namespace

MetricSet take_metric_option(std::string& options) {
    // All but all calls leave it out, and are spared a second reading.
    if (options.find("\"metrics\"") == std::string::npos) return every_metric;
    Problems problems;
    json document = read_json(options, {}, problems);
    if (!document.is_object() || !document.contains("metrics")) return every_metric;
    const json value = document["metrics"];
    document.erase("metrics");
    options = document.dump();
    return value.is_null() ? every_metric : wanted_metrics(value);
}

}  // namespace evolve
