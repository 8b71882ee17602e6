// The states a strategy can be in and the ways between them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace evolve {

enum class Status : std::uint8_t { pending_review, experiment, candidate, proposable, discarded, duplicate, rejected };
inline constexpr std::array all_statuses{Status::pending_review, Status::experiment, Status::candidate,
                                         Status::proposable,     Status::discarded,  Status::duplicate,
                                         Status::rejected};

std::string_view to_string(Status status);
std::optional<Status> parse_status(std::string_view text);  // exact spelling

// Whether a strategy may go from one state to another in one step, whoever asks:
//   pending_review → experiment, duplicate, rejected
//   experiment     → candidate, discarded
//   candidate      → proposable, experiment, discarded
//   proposable     → candidate, discarded
// discarded, duplicate and rejected are final. Staying is no transition.
bool transition_allowed(Status from, Status to);

// False for the final states.
bool is_active(Status status);
// Experiment, candidate, proposable: those that the evolution cycle evaluates, breeds and culls.
bool is_evolving(Status status);

}  // namespace evolve
