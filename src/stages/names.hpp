// Names that placeholders of a line may use, and what is wrong with others.

#pragma once

#include "stages/stage_line.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::stages {

// What a placeholder's first segment stands for in a line.
struct Alias {
    enum class Kind { need, slot, file };
    Kind kind = Kind::need;
    std::size_t index = 0;  // of needs, each or files
};
std::optional<Alias> alias_of(const StageLine& line, std::string_view name);

// It is about a result, an element of one or a file of the line.
inline bool is_late(const StageLine& line, const recipe::Placeholder& placeholder) {
    return alias_of(line, placeholder.path[0]).has_value();
}
// It is a link that has to be published first: {{cover.url}}, {{photo.url}}.
bool wants_publishing(const StageLine& line, const recipe::Placeholder& placeholder);

struct Slip {
    std::string what, what_to_do;
};
// Nothing when the placeholder can be used. `inside`: the need whose text or value holds it.
std::optional<Slip> slip_in(const StageLine& line, const recipe::Placeholder& placeholder,
                            const Need* inside);

// First segments of a template's placeholders, in order, each once.
std::vector<std::string> names_in(const recipe::Template& text);
// Which member of a pick holds its value: "number", "highest" or "lowest".
std::string_view value_key(const Need& need);

}  // namespace nightshift::stages
