#include "core/lineage/changes_in_words.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/error.hpp"
#include "core/base/number.hpp"
#include "core/genetics/changes.hpp"
#include "core/ruleset/language.hpp"

namespace evolve {
namespace {

using nlohmann::json;

struct Part {
    std::string_view path, name;
};
// Longer paths first where one begins another.
constexpr std::array parts{Part{"$.short.entry", "the entry of the short side"},
                           Part{"$.short.exit", "the exit of the short side"},
                           Part{"$.short", "the short side"},
                           Part{"$.entry", "the entry"},
                           Part{"$.exit", "the exit"},
                           Part{"$.stop_loss", "the stop-loss"},
                           Part{"$.take_profit", "the take-profit"},
                           Part{"$.trailing_stop", "the trailing stop"},
                           Part{"$.max_bars", "the limit of bars"},
                           Part{"$.cooldown_bars", "the cooldown"},
                           Part{"$.sizing", "the sizing"},
                           Part{"$.direction", "the direction"},
                           Part{"$.symbols", "the list of symbols"},
                           Part{"$.timeframe", "the timeframe"}};
constexpr std::string_view parameters_path = "$.params.";

bool begins(const std::string& path, std::string_view with) {
    return path.compare(0, with.size(), with) == 0 &&
           (path.size() == with.size() || path[with.size()] == '.' || path[with.size()] == '[');
}

const Part* part_of(const std::string& path) {
    const auto found =
        std::find_if(parts.begin(), parts.end(), [&](const Part& part) { return begins(path, part.path); });
    return found == parts.end() ? nullptr : &*found;
}

// $.a.b[1] as /a/b/1
json::json_pointer pointer_of(const std::string& path) {
    std::string pointer;
    for (std::size_t i = 1; i < path.size(); ++i) {
        const char c = path[i];
        if (c == '.' || c == '[')
            pointer += '/';
        else if (c != ']')
            pointer += c;
    }
    return json::json_pointer(pointer);
}

const json* at(const json& document, const json::json_pointer& place) {
    return document.contains(place) ? &document.at(place) : nullptr;
}

class Words {
public:
    Words(const Ruleset& before, const Ruleset& after)
        : before_(to_json(before)),
          after_(to_json(after)),
          before_parameters_(before.parameters),
          after_parameters_(after.parameters) {}

    std::string sentence(const json& change) {
        const std::string path = change.at("path").get<std::string>();
        if (path.compare(0, parameters_path.size(), parameters_path) == 0) return parameter(path, change);
        const Part* part = part_of(path);
        const std::string what = part == nullptr ? path : std::string(part->name);
        const json::json_pointer place = pointer_of(path);
        if (change.at("old").is_null()) return capital(what) + " was added: " + text(after_, place, false) + ".";
        if (change.at("new").is_null()) return capital(what) + " was taken away: " + text(before_, place, true) + ".";
        const json::json_pointer shown =
            part == nullptr ? place : enclosing(place, pointer_of(std::string(part->path)));
        const std::string where =
            part != nullptr && shown == pointer_of(std::string(part->path)) ? capital(what) : "In " + what + ", ";
        const std::string old_text = text(before_, shown, true), new_text = text(after_, shown, false);
        if (!said_.insert(shown.to_string()).second) return {};
        return where == capital(what) ? where + " was " + old_text + " and is now " + new_text + "."
                                      : where + old_text + " became " + new_text + ".";
    }

private:
    static std::string capital(std::string text) {
        if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
        return text;
    }

    // The smallest operation around a place, so that a changed number is shown in what it is a number of.
    json::json_pointer enclosing(json::json_pointer place, const json::json_pointer& root) const {
        const auto is_operation = [](const json* node) {
            return node != nullptr && node->is_object() && node->contains("op");
        };
        while (place != root && !(is_operation(at(before_, place)) && is_operation(at(after_, place))))
            place.pop_back();
        return place;
    }

    std::string parameter(const std::string& path, const json& change) {
        const std::string rest = path.substr(parameters_path.size());
        const std::size_t dot = rest.find('.');
        const std::string name = "the parameter " + rest.substr(0, dot);
        if (dot == std::string::npos) {
            const bool added = change.at("old").is_null();
            return capital(name) + (added                        ? " was added."
                                    : change.at("new").is_null() ? " was taken away."
                                                                 : " was changed.");
        }
        const std::string field = rest.substr(dot + 1);
        return capital(name) + (field == "value" ? "" : ", its " + field + ",") + " went from " +
               plain(change.at("old")) + " to " + plain(change.at("new")) + ".";
    }

    std::string text(const json& document, const json::json_pointer& place, bool old) const {
        const json* value = at(document, place);
        return value == nullptr ? "nothing" : spoken(*value, old ? before_parameters_ : after_parameters_);
    }

    static std::string spoken(const json& value, const std::map<std::string, Parameter>& parameters) {
        if (value.is_object() && value.contains("op"))
            return to_text(parse_expression(value.dump(), Limits{}, parameters));
        if (value.is_object() && value.contains("pct")) return plain(value.at("pct")) + " percent";
        if (value.is_object() && value.contains("atr")) {
            const auto period = value.find("period");
            return plain(value.at("atr")) + " times the average true range" +
                   (period == value.end() ? "" : " of " + plain(*period) + " bars");
        }
        return plain(value);
    }

    static std::string plain(const json& value) {
        if (value.is_null()) return "nothing";
        if (value.is_number()) return format_number(value.get<double>());
        if (value.is_string()) return value.get<std::string>();
        if (value.is_object() && value.contains("param") && value.at("param").is_string())
            return "$" + value.at("param").get<std::string>();
        return value.dump();
    }

    json before_, after_;
    const std::map<std::string, Parameter>&before_parameters_, &after_parameters_;
    std::set<std::string> said_{};  // several changes inside one operation are one sentence
};

}  // namespace

std::vector<std::string> changes_in_words(const Ruleset& before, const Ruleset& after) {
    Words words(before, after);
    std::vector<std::string> sentences;
    for (const json& change : changes_between(before, after)) {
        std::string sentence = words.sentence(change);
        if (!sentence.empty()) sentences.push_back(std::move(sentence));
    }
    return sentences;
}

}  // namespace evolve
