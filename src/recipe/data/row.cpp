#include "recipe/data/row.hpp"

namespace nightshift::recipe {

const Value* Row::find(std::string_view name) const {
    if (names == nullptr) return nullptr;
    for (std::size_t i = 0; i < names->size(); ++i) {
        if ((*names)[i] == name) return &cells[i];
    }
    return nullptr;
}

}  // namespace nightshift::recipe
