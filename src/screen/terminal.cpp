#include "screen/terminal.hpp"

#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace nightshift::screen {

bool is_smart_terminal(int fd) {
    const char* term = std::getenv("TERM");
    return isatty(fd) != 0 && term != nullptr && std::string_view(term) != "dumb";
}

TerminalSize terminal_size(int fd) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
    return {size.ws_col, size.ws_row > 0 ? size.ws_row : TerminalSize{}.rows};
}

bool wants_color(const std::string& wanted) {
    if (wanted != "auto") return wanted == "always";
    const char* none = std::getenv("NO_COLOR");
    return none == nullptr || *none == '\0';
}

void say(std::FILE* to, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), to);
    std::fflush(to);
    std::clearerr(to);
}

}  // namespace nightshift::screen
