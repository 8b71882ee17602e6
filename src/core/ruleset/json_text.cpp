#include "core/ruleset/json_text.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "core/ruleset/names.hpp"
#include "core/ruleset/source.hpp"
#include "core/ruleset/text_lexer.hpp"

namespace evolve {
namespace {

using nlohmann::json;

// Watches the parser go in and out of objects and arrays.
class Watch {
public:
    Watch(std::size_t deepest, Problems& problems) : deepest_(deepest), problems_(problems) {}

    bool operator()(int, json::parse_event_t event, json& parsed) {
        switch (event) {
            case json::parse_event_t::object_start:
                enter(true);
                break;
            case json::parse_event_t::array_start:
                enter(false);
                break;
            case json::parse_event_t::object_end:
            case json::parse_event_t::array_end:
                levels_.pop_back();
                next_item();
                break;
            case json::parse_event_t::key:
                key(parsed.get_ref<const std::string&>());
                break;
            case json::parse_event_t::value:
                next_item();
                break;
        }
        return true;
    }

private:
    struct Level {
        bool is_object = false;
        std::size_t index = 0;
        std::string key = {};
        std::set<std::string> keys = {};
    };

    std::string path() const {
        std::string text = "$";
        for (const Level& level : levels_) {
            text += level.is_object ? path_step(level.key) : "[" + std::to_string(level.index) + "]";
        }
        return text;
    }
    void enter(bool is_object) {
        if (levels_.size() >= deepest_) {
            throw Error(ErrorCode::limit_exceeded,
                        "the JSON is nested deeper than " + std::to_string(deepest_) + " levels", "$",
                        "Split the rule, or raise the limit on depth.");
        }
        levels_.push_back({.is_object = is_object});
    }
    void next_item() {
        if (!levels_.empty() && !levels_.back().is_object) ++levels_.back().index;
    }
    void key(const std::string& name) {
        Level& level = levels_.back();
        level.key = name;
        if (level.keys.insert(name).second) return;
        problems_.error(ErrorCode::syntax_error, path(), "the key " + in_quotes(name) + " is given twice");
    }

    std::size_t deepest_;
    Problems& problems_;
    std::vector<Level> levels_;
};

// The library's message without its prefix and without the bytes it last read, which may be anything.
std::string reason(const json::exception& error) {
    std::string text = error.what();
    const auto cut_before = [&](std::string_view mark, bool keep_mark) {
        const std::size_t at = text.find(mark);
        if (at != std::string::npos) text.erase(0, keep_mark ? at : at + mark.size());
    };
    cut_before("] ", false);
    cut_before("parse error at ", false);
    cut_before(": ", false);
    for (const std::string_view tail : {"; last read", ": '"}) {
        const std::size_t at = text.find(tail);
        if (at != std::string::npos) text.erase(at);
    }
    return text;
}

}  // namespace

json read_json(std::string_view text, const Limits& limits, Problems& problems) {
    check_bytes(text, limits);
    // A level of a tree is an object in an array; the ruleset around it adds a few.
    Watch watch(2 * effective(limits).depth + 8, problems);
    try {
        return json::parse(text, std::ref(watch));
    } catch (const json::parse_error& error) {
        throw Error(ErrorCode::syntax_error, "this is not JSON: " + reason(error),
                    "position " + std::to_string(std::max<std::size_t>(error.byte, 1)));
    } catch (const json::out_of_range&) {
        throw Error(ErrorCode::out_of_range, "a number in the JSON is too large", "$");
    }
}

std::string described(const json& value) {
    switch (value.type()) {
        case json::value_t::null:
            return "null";
        case json::value_t::object:
            return "an object";
        case json::value_t::array:
            return "an array";
        case json::value_t::string:
            return "a text";
        case json::value_t::boolean:
            return "a boolean";
        default:
            return "a number";
    }
}

std::string path_step(std::string_view key) {
    if (!key.empty() && key.size() <= 63 && std::all_of(key.begin(), key.end(), is_name_character)) {
        return "." + std::string(key);
    }
    return "[" + in_quotes(key) + "]";
}

}  // namespace evolve
