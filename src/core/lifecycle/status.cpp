#include "core/lifecycle/status.hpp"

#include "core/base/error.hpp"

namespace evolve {

std::string_view to_string(Status status) {
    switch (status) {
        case Status::pending_review:
            return "pending_review";
        case Status::experiment:
            return "experiment";
        case Status::candidate:
            return "candidate";
        case Status::proposable:
            return "proposable";
        case Status::discarded:
            return "discarded";
        case Status::duplicate:
            return "duplicate";
        case Status::rejected:
            return "rejected";
    }
    throw Error(ErrorCode::internal, "unknown status");
}

std::optional<Status> parse_status(std::string_view text) {
    for (const Status status : all_statuses) {
        if (to_string(status) == text) return status;
    }
    return std::nullopt;
}

bool transition_allowed(Status from, Status to) {
    switch (from) {
        case Status::pending_review:
            return to == Status::experiment || to == Status::duplicate || to == Status::rejected;
        case Status::experiment:
            return to == Status::candidate || to == Status::discarded;
        case Status::candidate:
            return to == Status::proposable || to == Status::experiment || to == Status::discarded;
        case Status::proposable:
            return to == Status::candidate || to == Status::discarded;
        case Status::discarded:
        case Status::duplicate:
        case Status::rejected:
            return false;
    }
    return false;
}

bool is_active(Status status) {
    return status != Status::discarded && status != Status::duplicate && status != Status::rejected;
}

bool is_evolving(Status status) {
    return status == Status::experiment || status == Status::candidate || status == Status::proposable;
}

}  // namespace evolve
