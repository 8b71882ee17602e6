#include "core/ruleset/text_lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/ruleset/names.hpp"

namespace evolve {
namespace {

using Kind = Token::Kind;

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

struct Sign {
    std::string_view text;
    Kind kind;
};
// Longer ones first.
constexpr std::array signs{
    Sign{">=", Kind::greater_equal},
    Sign{"<=", Kind::less_equal},
    Sign{"==", Kind::equal},
    Sign{"!=", Kind::not_equal},
    Sign{"<>", Kind::not_equal},
    Sign{"&&", Kind::logical_and},
    Sign{"||", Kind::logical_or},
    Sign{">", Kind::greater},
    Sign{"<", Kind::less},
    Sign{"=", Kind::equal},
    Sign{"!", Kind::logical_not},
    Sign{"+", Kind::plus},
    Sign{"-", Kind::minus},
    Sign{"*", Kind::star},
    Sign{"/", Kind::slash},
    Sign{"(", Kind::left_parenthesis},
    Sign{")", Kind::right_parenthesis},
    Sign{"[", Kind::left_bracket},
    Sign{"]", Kind::right_bracket},
    Sign{",", Kind::comma},
    Sign{".", Kind::dot},
};

std::size_t count_while(std::string_view text, bool (*accepted)(char)) {
    return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), accepted) - text.begin());
}

// Digits, optional fraction, optional exponent; 0 when the text does not begin with a number.
std::size_t number_length(std::string_view text) {
    std::size_t length = count_while(text, is_digit);
    const std::size_t whole = length;
    if (length + 1 < text.size() && text[length] == '.' && is_digit(text[length + 1])) {
        ++length;
        length += count_while(text.substr(length), is_digit);
    }
    if (length == 0) return 0;
    if (whole == 0 && length < 2) return 0;
    if (length < text.size() && (text[length] == 'e' || text[length] == 'E')) {
        std::size_t exponent = length + 1;
        if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
        const std::size_t digits = count_while(text.substr(exponent), is_digit);
        if (digits > 0) length = exponent + digits;
    }
    return length;
}

}  // namespace

bool is_name_character(char c) { return is_letter(c) || is_digit(c); }

bool is_parameter_name(std::string_view name) {
    const auto accepted = [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || is_digit(c); };
    return !name.empty() && name.size() <= 63 && !is_digit(name.front()) &&
           std::all_of(name.begin(), name.end(), accepted);
}

Token Lexer::take(Kind kind, std::size_t bytes) {
    const Token token{.kind = kind, .text = rest_.substr(0, bytes), .value = 0, .position = position_};
    rest_.remove_prefix(bytes);
    position_ += bytes;  // only ASCII is taken
    return token;
}

Token Lexer::take_number() {
    const std::size_t length = number_length(rest_);
    Token token = take(Kind::number, length);
    const Place place{path_, token.position};
    if (!rest_.empty() && is_name_character(rest_.front())) {
        const std::size_t tail = count_while(rest_, is_name_character);
        std::string whole(token.text);
        whole += rest_.substr(0, tail);
        throw Error(ErrorCode::syntax_error, in_quotes(whole) + " is neither a number nor a name", place.where());
    }
    const auto [end, error] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), token.value);
    if (error != std::errc{} || !std::isfinite(token.value)) {
        throw Error(ErrorCode::out_of_range, "the number " + in_quotes(token.text) + " is too large or too small",
                    place.where());
    }
    return token;
}

Token Lexer::take_sign() {
    for (const Sign& sign : signs) {
        if (rest_.starts_with(sign.text)) return take(sign.kind, sign.text.size());
    }
    // One whole character, however many bytes it has.
    std::size_t length = 1;
    while (length < rest_.size() && (static_cast<unsigned char>(rest_[length]) & 0xC0u) == 0x80) ++length;
    throw Error(ErrorCode::syntax_error, "unexpected character " + in_quotes(rest_.substr(0, length)),
                Place{path_, position_}.where());
}

Token Lexer::next() {
    const std::size_t spaces = count_while(rest_, is_space);
    rest_.remove_prefix(spaces);
    position_ += spaces;
    if (rest_.empty()) return {.kind = Kind::end, .text = {}, .value = 0, .position = position_};

    const char first = rest_.front();
    if (is_digit(first) || (first == '.' && rest_.size() > 1 && is_digit(rest_[1]))) return take_number();
    if (is_letter(first)) {
        const Token word = take(Kind::name, count_while(rest_, is_name_character));
        constexpr std::array<std::pair<std::string_view, Kind>, 3> words{
            {{"and", Kind::logical_and}, {"or", Kind::logical_or}, {"not", Kind::logical_not}}};
        for (const auto& [text, kind] : words) {
            if (equals_ignoring_case(word.text, text))
                return {.kind = kind, .text = word.text, .value = 0, .position = word.position};
        }
        return word;
    }
    if (first == '$') {
        const std::size_t length = count_while(rest_.substr(1), is_name_character);
        if (length == 0) {
            throw Error(ErrorCode::syntax_error, "expected the name of a parameter after \"$\"",
                        Place{path_, position_ + 1}.where());
        }
        Token token = take(Kind::parameter, length + 1);
        token.text.remove_prefix(1);
        return token;
    }
    return take_sign();
}

}  // namespace evolve
