#include "core/genetics/changes.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "core/ruleset/language.hpp"

namespace evolve {
namespace {

using nlohmann::json;

void note(const std::string& path, const json* before, const json* after, json& changes) {
    changes.push_back(json{{"path", path}, {"old", before ? *before : json()}, {"new", after ? *after : json()}});
}

const json* member(const json& object, const std::string& key) {
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

bool same_member(const json& before, const json& after, const char* key) {
    const json* left = member(before, key);
    const json* right = member(after, key);
    return left == nullptr || right == nullptr ? left == right : *left == *right;
}

// Two rules (or exit levels of one kind) that differ only inside their arguments.
bool comparable(const json& before, const json& after) {
    if (before.is_array() && after.is_array()) return before.size() == after.size();
    if (!before.is_object() || !after.is_object()) return false;
    if (!same_member(before, after, "op") || !same_member(before, after, "output")) return false;
    if (!same_member(before, after, "param")) return false;
    const json* left = member(before, "args");
    const json* right = member(after, "args");
    return left == nullptr || right == nullptr ? left == right : left->size() == right->size();
}

void compare(const std::string& path, const json& before, const json& after, json& changes) {
    if (before == after) return;
    if (!comparable(before, after)) return note(path, &before, &after, changes);
    if (before.is_array()) {
        for (std::size_t i = 0; i < before.size(); ++i) {
            compare(path + "[" + std::to_string(i) + "]", before[i], after[i], changes);
        }
        return;
    }
    std::set<std::string> keys;
    for (const auto& item : before.items()) keys.insert(item.key());
    for (const auto& item : after.items()) keys.insert(item.key());
    for (const std::string& key : keys) {
        const json* left = member(before, key);
        const json* right = member(after, key);
        if (left != nullptr && right != nullptr) {
            compare(path + "." + key, *left, *right, changes);
        } else {
            note(path + "." + key, left, right, changes);
        }
    }
}

}  // namespace

json changes_between(const Ruleset& before, const Ruleset& after) {
    json changes = json::array();
    compare("$", to_json(before), to_json(after), changes);
    return changes;
}

}  // namespace evolve
