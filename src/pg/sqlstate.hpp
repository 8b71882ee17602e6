// Our SQLSTATE class, PE, in one place. Documented for users in docs/sql.md.
#pragma once

#include "core/base/error.hpp"

namespace evolve::pg {

inline constexpr const char* sqlstate_not_migrated = "PE010";
// PE011 (refused state change) and PE012 (refused write) are raised by sql/strategies.sql.

constexpr const char* sqlstate(ErrorCode code) {
    switch (code) {
        case ErrorCode::syntax_error:
            return "PE001";
        case ErrorCode::unknown_name:
            return "PE002";
        case ErrorCode::type_mismatch:
            return "PE003";
        case ErrorCode::out_of_range:
            return "PE004";
        case ErrorCode::limit_exceeded:
            return "PE005";
        case ErrorCode::invalid_ruleset:
            return "PE006";
        case ErrorCode::invalid_option:
            return "PE007";
        case ErrorCode::invalid_bars:
            return "PE008";
        case ErrorCode::no_data:
            return "PE009";
        case ErrorCode::interrupted:
            return "57014";
        case ErrorCode::internal:
            return "XX000";
    }
    return "XX000";
}

}  // namespace evolve::pg
