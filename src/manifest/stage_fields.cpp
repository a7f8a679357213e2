#include "manifest/stage_fields.hpp"

#include <algorithm>
#include <iterator>

namespace nightshift {

const std::vector<std::string>& stage_fields() {
    static const std::vector<std::string> fields = {
        "task", "row",       "variant",   "after",      "each",     "files",
        "when", "on_failed", "candidate", "on_invalid", "fallback", "fallback_on"};
    return fields;
}

bool is_stage_field(std::string_view name) {
    const auto& fields = stage_fields();
    return std::find(fields.begin(), fields.end(), name) != fields.end();
}

bool makes_template(std::string_view name) {
    return name == "after" || name == "each" || name == "files";
}

bool is_refused_field(std::string_view name) {
    return name == "candidate" || name == "on_invalid" || name == "fallback" ||
           name == "fallback_on";
}

Expected expected_of(std::string_view key) {
    static constexpr std::string_view of_texts[] = {"json",        "json_schema", "matches",
                                                    "not_matches", "contains",    "not_contains",
                                                    "min_length",  "max_length",  "complete"};
    static constexpr std::string_view of_files[] = {"media_type",  "min_width",  "max_width",
                                                    "min_height",  "max_height", "min_duration",
                                                    "max_duration"};
    if (std::find(std::begin(of_texts), std::end(of_texts), key) != std::end(of_texts)) {
        return Expected::text;
    }
    const bool known =
        std::find(std::begin(of_files), std::end(of_files), key) != std::end(of_files);
    return known ? Expected::file : Expected::unknown;
}

}  // namespace nightshift
