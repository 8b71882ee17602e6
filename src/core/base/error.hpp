// The one error type of the core. Carries everything a user needs to see; the PostgreSQL glue maps
// `code` to an SQLSTATE (src/pg/sqlstate.hpp) and the four texts to message, detail and hint.
#pragma once

// The core is compiled without a path to PostgreSQL headers; in the glue, core headers come before PostgreSQL's, and
// never include them.
#ifdef PG_VERSION_NUM
#error "a core file must not see a PostgreSQL header"
#endif

#include <exception>
#include <string>
#include <utility>

namespace evolve {

enum class ErrorCode {
    syntax_error,     // text or JSON that cannot be read
    unknown_name,     // an operator, indicator, series, parameter, key or option that does not exist
    type_mismatch,    // units or kinds that cannot be combined
    out_of_range,     // a number outside its domain
    limit_exceeded,   // size, depth, look-back or memory over a setting
    invalid_ruleset,  // well-formed parts that do not make a ruleset
    invalid_option,   // an option of a call that cannot be used
    invalid_bars,     // a bar or file that cannot be stored
    no_data,          // no bars where some are needed
    interrupted,      // the caller's poll asked to stop
    internal          // a broken invariant: a bug
};

class Error : public std::exception {
public:
    // `where` is a JSON path ($.entry.args[0]) or a text position ("position 12"); empty when neither applies.
    // Message: lower case, no period. Detail and hint: whole sentences.
    Error(ErrorCode code, std::string message, std::string where = {}, std::string hint = {})
        : code_(code), message_(std::move(message)), where_(std::move(where)), hint_(std::move(hint)) {}

    ErrorCode code() const noexcept { return code_; }
    const std::string& message() const noexcept { return message_; }
    const std::string& where() const noexcept { return where_; }
    const std::string& hint() const noexcept { return hint_; }
    const char* what() const noexcept override { return message_.c_str(); }

private:
    ErrorCode code_;
    std::string message_;
    std::string where_;
    std::string hint_;
};

}  // namespace evolve
