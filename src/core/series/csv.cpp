#include "core/series/csv.hpp"

#include <algorithm>

namespace evolve {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

CsvLines::CsvLines(std::string_view text) : rest_(text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (rest_.substr(0, byte_order_mark.size()) == byte_order_mark) rest_.remove_prefix(byte_order_mark.size());
}

bool CsvLines::next() {
    if (rest_.empty()) return false;
    const std::size_t end = rest_.find('\n');
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
    ++number_;
    return true;
}

std::string_view trim_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

bool split_fields(std::string_view line, char delimiter, std::vector<std::string_view>& fields) {
    fields.clear();
    if (line.size() > longest_line) return false;
    for (;;) {
        std::size_t start = 0;
        while (start < line.size() && line[start] == ' ') ++start;
        std::size_t end = 0;
        if (start < line.size() && line[start] == '"') {
            std::size_t close = line.find('"', start + 1);
            while (close != std::string_view::npos && close + 1 < line.size() && line[close + 1] == '"') {
                close = line.find('"', close + 2);
            }
            if (close == std::string_view::npos) return false;
            fields.push_back(trim_blanks(line.substr(start + 1, close - start - 1)));
            end = std::min(line.find(delimiter, close + 1), line.size());
            if (!trim_blanks(line.substr(close + 1, end - close - 1)).empty()) return false;
        } else {
            end = std::min(line.find(delimiter), line.size());
            fields.push_back(trim_blanks(line.substr(0, end)));
        }
        if (end == line.size()) return true;
        line.remove_prefix(end + 1);
    }
}

}  // namespace evolve
