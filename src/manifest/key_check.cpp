#include "manifest/key_check.hpp"

#include "base/bounds.hpp"
#include "json/json_scan.hpp"

#include <algorithm>

namespace nightshift {

namespace dom = simdjson::dom;

bool StructureCheck::run(const dom::element& value) {
    pointer.clear();
    key.clear();
    return walk(value);
}

// On the way back from a bad object the pointer grows at its front.
bool StructureCheck::walk(const dom::element& value) {
    if (value.type() == dom::element_type::OBJECT) return object(value);
    if (value.type() != dom::element_type::ARRAY) return true;
    const dom::array elements = value.get_array().value_unsafe();
    std::size_t i = 0;
    for (const dom::element element : elements) {
        if (!walk(element)) {
            pointer.insert(0, '/' + std::to_string(i));
            return false;
        }
        ++i;
    }
    return true;
}

bool StructureCheck::object(const dom::element& value) {
    const dom::object members = value.get_object().value_unsafe();
    const std::size_t first = keys_.size();
    for (const auto& [name, member] : members) keys_.push_back(name);
    const bool unique = keys_.size() - first <= limits::json_keys && are_unique(first);
    keys_.resize(first);
    if (!unique) return false;
    for (const auto& [name, member] : members) {
        if (!walk(member)) {
            pointer.insert(0, '/' + pointer_token(name));
            return false;
        }
    }
    return true;
}

bool StructureCheck::are_unique(std::size_t first) {
    const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(first);
    if (keys_.end() - begin > 12) {
        std::sort(begin, keys_.end());
        const auto twice = std::adjacent_find(begin, keys_.end());
        if (twice == keys_.end()) return true;
        key = std::string(*twice);
        return false;
    }
    for (auto each = begin; each != keys_.end(); ++each) {
        if (std::find(begin, each, *each) == each) continue;
        key = std::string(*each);
        return false;
    }
    return true;
}

}  // namespace nightshift
