#include "jobs/protocol/model_name.hpp"

#include "base/text/terminal_text.hpp"

#include <algorithm>

namespace nightshift::jobs {
namespace {

constexpr std::size_t name_bytes = 200;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string bare_name(std::string_view name) {
    name.remove_prefix(std::min(name.rfind('/') + 1, name.size()));
    std::string folded(name);
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return folded;
}

// "20241022", "2024-10-22", "241022", "1022", "001" (a revision), "latest".
bool is_snapshot(std::string_view suffix) {
    if (suffix == "latest") return true;
    std::string digits;
    for (std::size_t i = 0; i < suffix.size(); ++i) {
        const bool separates = suffix[i] == '-' && (i == 4 || i == 7) && suffix.size() == 10;
        if (!is_digit(suffix[i]) && !separates) return false;
        if (is_digit(suffix[i])) digits += suffix[i];
    }
    const bool is_revision = digits.size() == 3 && digits.starts_with("00");
    return is_revision || digits.size() == 4 || digits.size() == 6 || digits.size() == 8;
}

// True when `longer` is `name` and the date of a snapshot.
bool is_snapshot_of(std::string_view longer, std::string_view name) {
    if (name.empty() || !longer.starts_with(name) || longer.size() < name.size() + 2) return false;
    const char separator = longer[name.size()];
    const bool separates = separator == '-' || separator == '@' || separator == ':';
    return separates && is_snapshot(longer.substr(name.size() + 1));
}

}  // namespace

std::optional<std::string> other_model(std::string_view asked, std::string_view named) {
    const auto ours = bare_name(asked), theirs = bare_name(named);
    if (theirs.empty() || ours == theirs) return std::nullopt;
    if (is_snapshot_of(theirs, ours) || is_snapshot_of(ours, theirs)) return std::nullopt;
    return valid_utf8(named.substr(0, name_bytes));
}

}  // namespace nightshift::jobs
