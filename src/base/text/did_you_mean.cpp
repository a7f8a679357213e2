#include "base/text/did_you_mean.hpp"

#include "base/text/terminal_text.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace nightshift {
namespace {

char lower(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

constexpr std::size_t word_bytes_max = 64;

std::size_t edits_allowed(std::string_view word) {
    return std::max<std::size_t>(1, word.size() / 3);
}

bool continues(std::string_view shorter, std::string_view longer) {
    return shorter.size() >= 4 && longer.starts_with(shorter);
}

// Twice the edit distance (insert, delete, replace, swap of neighbours); letter case counts one.
std::size_t half_edits(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = 2 * j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = 2 * i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const char x = a[i - 1], y = b[j - 1];
            const std::size_t replace = x == y ? 0 : lower(x) == lower(y) ? 1 : 2;
            row[j] = std::min({above[j] + 2, row[j - 1] + 2, above[j - 1] + replace});
            if (i > 1 && j > 1 && x == b[j - 2] && a[i - 2] == y) {
                row[j] = std::min(row[j], before[j - 2] + 2);
            }
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

}  // namespace

const std::string* nearest_of(const std::string& word, const std::vector<std::string>& candidates,
                              std::size_t edits_max) {
    if (word.empty() || word.size() > word_bytes_max) return nullptr;
    if (edits_max == 0) edits_max = edits_allowed(word);
    const std::string* best = nullptr;
    std::size_t best_distance = 2 * edits_max + 1;
    for (const auto& candidate : candidates) {
        const std::size_t distance = half_edits(word, candidate);
        if (distance < best_distance) {
            best = &candidate;
            best_distance = distance;
        }
    }
    return best;
}

std::vector<std::string> nearest_few(const std::string& word,
                                     const std::vector<std::string>& candidates,
                                     std::size_t count_max) {
    if (word.empty() || word.size() > word_bytes_max) return {};
    const auto distance_max = 2 * edits_allowed(word);
    std::vector<std::pair<std::size_t, std::string>> near;
    for (const auto& candidate : candidates) {
        const auto distance = half_edits(word, candidate);
        const bool extends = continues(word, candidate) || continues(candidate, word);
        if (distance <= distance_max || extends) near.emplace_back(distance, candidate);
    }
    std::sort(near.begin(), near.end());
    if (near.size() > count_max) near.resize(count_max);
    std::vector<std::string> names;
    for (auto& [distance, name] : near) names.push_back(std::move(name));
    return names;
}

std::string alternatives(const std::vector<std::string>& names) {
    std::string words;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) words += i + 1 == names.size() ? " or " : ", ";
        words += '"' + term_safe(names[i], word_bytes_max) + '"';
    }
    return words;
}

}  // namespace nightshift
