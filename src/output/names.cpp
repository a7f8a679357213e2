// Ids are hostile input (faults.md row 88): separators, dots, control and bidirectional
// characters, names that some system reserves, names that differ only in how they were encoded.

#include "output/names.hpp"

#include "core/digest.hpp"

#include <algorithm>
#include <array>

namespace nightshift {
namespace {

constexpr std::size_t stem_bytes_max = 120;  // leaves room in 255 for hash, index, extension, part

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Device names on Windows, with or without an extension, in any case.
bool is_reserved(std::string_view name) {
    constexpr std::array<std::string_view, 6> words = {"con", "prn", "aux", "nul", "com", "lpt"};
    std::string stem(name.substr(0, name.find('.')));
    for (auto& c : stem) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    if (stem.size() < 3 || stem.size() > 4) return false;
    const auto word = std::find(words.begin(), words.end(), stem.substr(0, 3));
    if (word == words.end()) return false;
    const bool numbered = word >= words.begin() + 4;
    return numbered ? stem.size() == 4 && is_digit(stem[3]) : stem.size() == 3;
}

// ".2" is the suffix of a second output, "-0123abcd" that of an altered name.
bool ends_like_ours(std::string_view name) {
    const auto dot = name.rfind('.');
    if (dot != std::string_view::npos && dot + 1 < name.size()) {
        const auto tail = name.substr(dot + 1);
        if (std::all_of(tail.begin(), tail.end(), is_digit)) return true;
    }
    if (name.size() < 9 || name[name.size() - 9] != '-') return false;
    const auto tail = name.substr(name.size() - 8);
    return std::all_of(tail.begin(), tail.end(), is_hex);
}

}  // namespace

std::string stem_of(std::string_view id) {
    std::string stem;
    for (const char c : id.substr(0, stem_bytes_max)) {
        const bool climbs = c == '.' && !stem.empty() && stem.back() == '.';
        if (is_plain(c) && !climbs) {
            stem += c;
        } else if (stem.empty() || stem.back() != '_') {
            stem += '_';  // one for a run: a CJK id is not a row of underscores
        }
    }
    const bool same = stem == id && !stem.empty();
    if (same && id.front() != '.' && id.front() != '-' && !is_reserved(id) && !ends_like_ours(id)) {
        return stem;
    }
    if (stem.empty() || stem.front() == '.' || stem.front() == '-') stem.insert(0, "_");
    if (is_reserved(stem)) stem.insert(0, "_");
    return stem + "-" + sha256_hex(id).substr(0, 8);
}

std::string file_name_of(std::string_view id, int index, std::string_view extension) {
    auto name = stem_of(id);
    if (index > 1) name += "." + std::to_string(index);
    return name.append(".").append(extension);
}

}  // namespace nightshift
