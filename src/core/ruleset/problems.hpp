// Where the parts of the language report what is wrong: thrown at once, or collected.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/ruleset/language.hpp"

namespace evolve {

class Problems {
public:
    static constexpr std::size_t most = 100;  // a list longer than this helps nobody

    // Throws the first error, ignores warnings.
    Problems() = default;
    // Collects in `list`. After `most` problems throws Error (limit_exceeded): time to stop reading.
    explicit Problems(std::vector<Problem>& list) : list_(&list) {}

    void error(ErrorCode code, std::string where, std::string message, std::string hint = {}) {
        Error error(code, std::move(message), std::move(where), std::move(hint));
        if (list_ == nullptr) throw error;
        add(error);
    }
    // An error that was thrown where reading could not go on.
    void add(const Error& error) {
        if (list_ == nullptr) throw error;
        keep({Problem::Severity::error, error.code(), error.where(), error.message(), error.hint()});
        ++errors_;
    }
    void warning(std::string where, std::string message, std::string hint = {}) {
        if (list_ == nullptr) return;
        keep({Problem::Severity::warning, ErrorCode::invalid_ruleset, std::move(where), std::move(message),
              std::move(hint)});
    }
    std::size_t errors() const { return errors_; }

private:
    void keep(Problem problem) {
        if (list_->size() >= most) {
            throw Error(ErrorCode::limit_exceeded, "more than " + std::to_string(most) + " problems", "$",
                        "Correct these first; the rest of the ruleset was not looked at.");
        }
        list_->push_back(std::move(problem));
    }

    std::vector<Problem>* list_ = nullptr;
    std::size_t errors_ = 0;
};

}  // namespace evolve
