#include "base/text/did_you_mean.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace nightshift {
namespace {

char lower(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
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
    if (word.empty() || word.size() > 64) return nullptr;
    if (edits_max == 0) edits_max = std::max<std::size_t>(1, word.size() / 3);
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

}  // namespace nightshift
