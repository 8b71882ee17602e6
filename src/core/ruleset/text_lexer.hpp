// Words, numbers and signs of the text form.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/ruleset/source.hpp"

namespace evolve {

struct Token {
    enum class Kind : std::uint8_t {
        end,
        number,     // value
        name,       // text: letters, digits, _
        parameter,  // text: the name without $
        plus,
        minus,
        star,
        slash,
        left_parenthesis,
        right_parenthesis,
        left_bracket,
        right_bracket,
        comma,
        dot,
        greater,
        greater_equal,
        less,
        less_equal,
        equal,
        not_equal,
        logical_and,  // the words and signs
        logical_or,
        logical_not
    };
    Kind kind = Kind::end;
    std::string_view text;     // as written
    double value = 0;          // finite
    std::size_t position = 1;  // of its first character, 1-based
};

class Lexer {
public:
    // `path` is where the text stands, for errors.
    Lexer(std::string_view text, std::string_view path) : rest_(text), path_(path) {}
    // Throws Error (syntax_error, out_of_range) with the position. After the last token: end, for ever.
    Token next();

private:
    Token take(Token::Kind kind, std::size_t bytes);
    Token take_number();
    Token take_sign();

    std::string_view rest_;
    std::string_view path_;
    std::size_t position_ = 1;
};

// True when a parameter may have this name: [a-z_][a-z0-9_]{0,62}.
bool is_parameter_name(std::string_view name);
bool is_name_character(char c);  // letter, digit, _

}  // namespace evolve
