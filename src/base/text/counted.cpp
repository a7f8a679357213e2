#include "base/text/counted.hpp"

namespace nightshift {

std::string grouped(std::int64_t number) {
    auto text = std::to_string(number);
    const std::size_t first = number < 0 ? 1 : 0;
    for (auto at = text.size(); at > first + 3;) {
        at -= 3;
        text.insert(at, ",");
    }
    return text;
}

std::string counted(std::int64_t number, std::string_view one, std::string_view several) {
    auto text = grouped(number) + " ";
    if (number == 1) return text.append(one);
    return several.empty() ? text.append(one) + "s" : text.append(several);
}

}  // namespace nightshift
