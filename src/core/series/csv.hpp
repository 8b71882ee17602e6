// The plain parts of reading a delimited file: lines and fields, without copying the text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace evolve {

// Walks the lines of a text; \n and \r\n end a line, a byte-order mark before the first is skipped.
class CsvLines {
public:
    explicit CsvLines(std::string_view text);

    // False at the end of the text.
    bool next();
    std::string_view line() const { return line_; }
    std::size_t number() const { return number_; }  // 1-based

private:
    std::string_view rest_;
    std::string_view line_;
    std::size_t number_ = 0;
};

std::string_view trim_blanks(std::string_view text);

// No line of bars is longer; refusing to split longer ones bounds the memory for fields.
inline constexpr std::size_t longest_line = std::size_t{1} << 20;

// Splits a line into its fields, without the blanks and quotes around them. A quoted field may hold the delimiter and
// doubled quotes, which stay doubled: no value of a bar has one. Quoted fields end on their line: one lost quote must
// not swallow the rest of a file. False when a quote is not closed, something follows a closing quote or the line is
// over longest_line; `fields` is then of no use.
bool split_fields(std::string_view line, char delimiter, std::vector<std::string_view>& fields);

}  // namespace evolve
