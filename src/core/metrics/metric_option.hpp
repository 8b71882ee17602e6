// Which metrics a call wants, as users write it among its options: {"metrics": "basic"}.
#pragma once

#include <string>

#include "core/metrics/metrics.hpp"

namespace evolve {

// Takes the key "metrics" out of the JSON object `options` and says what it asks for: "all" (also when the key is not
// there), "basic", or a list of names. Text that is no object is left to who reads the other options. Throws Error:
// unknown_name, invalid_option.
MetricSet take_metric_option(std::string& options);

}  // namespace evolve
