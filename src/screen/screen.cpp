#include "screen/screen.hpp"

#include "screen/block.hpp"
#include "screen/ndjson.hpp"
#include "screen/plain.hpp"
#include "screen/say.hpp"

#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace nightshift::screen {
namespace {

// Says only why a run ended early.
class Silent : public Screen {
public:
    void on_task(const TaskEvent&) override {}
    void on_notice(const std::string&) override {}
    void refresh(const RunStatus&, double) override {}
    void answer(const RunStatus& status, double) override {
        say(stderr, status_line(status) + "\n");
    }
    void finish(const Summary& summary) override {
        if (!summary.stop.empty()) say(stderr, "nightshift: stopped: " + summary.stop + "\n");
    }
};

bool is_terminal() {
    const char* term = std::getenv("TERM");
    return isatty(STDERR_FILENO) != 0 && term != nullptr && std::string_view(term) != "dumb";
}

}  // namespace

std::unique_ptr<Screen> make_screen(const std::string& wanted, const std::string& color,
                                    bool quiet) {
    if (wanted == "json") return std::make_unique<Ndjson>();
    if (wanted == "none" || quiet) return std::make_unique<Silent>();
    if (wanted == "tty" || (wanted == "auto" && is_terminal())) {
        const bool plain = color == "never" || (color == "auto" && std::getenv("NO_COLOR"));
        return std::make_unique<Block>(!plain);
    }
    return std::make_unique<Plain>();
}

}  // namespace nightshift::screen
