// Ids are hostile input (faults.md row 88): separators, dots, control and bidirectional
// characters, names that some system reserves, names that differ only in how they were encoded.

#include "files/file_names.hpp"

#include "base/digest.hpp"
#include "base/text/ascii.hpp"
#include "model/output_pattern.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

namespace nightshift {
namespace {

constexpr std::size_t stem_bytes_max = 120;  // leaves room in 255 for hash, index, extension, part
constexpr std::size_t id_bytes_looked_at = 1024;  // composing makes a text shorter, to a third
constexpr std::size_t last_step_bytes_max = 200;
constexpr auto npos = std::string_view::npos;

bool is_hex(char c) {
    return hex_value(c) >= 0;
}

// Letters, marks, numbers, punctuation and symbols of any script stay; of ASCII, what neither a
// shell nor a file system takes for something else. Separators, controls, what is invisible and
// what is not assigned do not.
bool stays(utf8proc_int32_t c) {
    if (c < 0) return false;
    if (c < 0x80) {
        const char plain = static_cast<char>(c);
        return is_ascii_alnum(plain) || std::string_view("-_.+,=@()").find(plain) != npos;
    }
    const auto kind = utf8proc_category(c);
    const bool shown = kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_SO;
    return shown && c != 0xFFFD && utf8proc_get_property(c)->ignorable == 0;
}

// Composed where it is UTF-8, or as it is.
std::string composed(std::string_view text) {
    utf8proc_uint8_t* made = nullptr;
    const auto size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                     static_cast<utf8proc_ssize_t>(text.size()), &made,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(made, &std::free);
    if (size < 0) return std::string(text);
    return {reinterpret_cast<const char*>(made), static_cast<std::size_t>(size)};
}

// One step of a path, at most stem_bytes_max long and maybe empty: what does not stay is "_", one
// for a run.
std::string plain_name(std::string_view text) {
    std::string name;
    for (std::size_t at = 0; at < text.size();) {
        const auto rest = text.substr(at, 4);
        utf8proc_int32_t c = -1;
        const auto read = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),
                                           static_cast<utf8proc_ssize_t>(rest.size()), &c);
        const auto bytes = read > 0 ? static_cast<std::size_t>(read) : 1;
        if (name.size() + bytes > stem_bytes_max) break;
        const bool climbs = c == '.' && !name.empty() && name.back() == '.';
        if (stays(c) && !climbs) {
            name += text.substr(at, bytes);
        } else if (name.empty() || name.back() != '_') {
            name += '_';
        }
        at += bytes;
    }
    return name;
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
    return numbered ? stem.size() == 4 && is_ascii_digit(stem[3]) : stem.size() == 3;
}

// ".2" is the suffix of a second output, "-0123abcd" that of an altered name.
bool ends_like_ours(std::string_view name) {
    const auto dot = name.rfind('.');
    if (dot != std::string_view::npos && dot + 1 < name.size()) {
        const auto tail = name.substr(dot + 1);
        if (std::all_of(tail.begin(), tail.end(), is_ascii_digit)) return true;
    }
    if (name.size() < 9 || name[name.size() - 9] != '-') return false;
    const auto tail = name.substr(name.size() - 8);
    return std::all_of(tail.begin(), tail.end(), is_hex);
}

}  // namespace

std::string stem_of(std::string_view id) {
    auto stem = plain_name(composed(id.substr(0, id_bytes_looked_at)));
    const bool same = stem == id && !stem.empty();
    if (same && id.front() != '.' && id.front() != '-' && !is_reserved(id) && !ends_like_ours(id)) {
        return stem;
    }
    if (stem.empty() || stem.front() == '.' || stem.front() == '-') stem.insert(0, "_");
    if (is_reserved(stem)) stem.insert(0, "_");
    return stem + "-" + sha256_hex(id).substr(0, 8);
}

std::string output_stem_of(std::string_view pattern, const NameFields& fields) {
    if (pattern.empty()) return stem_of(fields.id);
    const auto value = [&fields](std::string_view word) {
        if (word == "id") return stem_of(fields.id);
        return plain_name(composed(word == "tag"     ? fields.tag
                                   : word == "model" ? fields.model
                                                     : fields.endpoint));
    };
    auto steps = steps_of_output_pattern(pattern, value);
    std::string path;
    for (auto& step : steps) {
        const bool last = &step == &steps.back();
        if (last && step.size() > last_step_bytes_max) step = stem_of(fields.id);
        step = last ? composed(step) : plain_name(composed(step));
        if (step.empty() || step == ".") continue;
        if (step.front() == '.' || step.front() == '-' || is_reserved(step)) step.insert(0, "_");
        path += (path.empty() ? "" : "/") + step;
    }
    return path;
}

std::string numbered_name(std::string stem, int index, std::string_view extension) {
    if (index > 1) stem += "." + std::to_string(index);
    return stem.append(".").append(extension);
}

std::string file_name_of(std::string_view id, int index, std::string_view extension) {
    return numbered_name(stem_of(id), index, extension);
}

}  // namespace nightshift
