#include "screen/say.hpp"

namespace nightshift::screen {

void say(std::FILE* to, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), to);
    std::fflush(to);
    std::clearerr(to);
}

}  // namespace nightshift::screen
