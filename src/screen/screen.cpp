#include "screen/screen.hpp"

#include "screen/block.hpp"
#include "screen/ndjson.hpp"
#include "screen/plain.hpp"
#include "screen/say.hpp"
#include "screen/terminal.hpp"

namespace nightshift::screen {
namespace {

// Says only why a run ended early.
class Silent : public Screen {
public:
    void on_task(const TaskEvent& event) override { watcher_.on_task(event); }
    void on_notice(const std::string&) override {}
    void refresh(const RunStatus& status, double elapsed_s) override {
        watcher_.view(status, elapsed_s);
    }
    void answer(const RunStatus& status, double elapsed_s) override {
        say(stderr, status_line(watcher_.view(status, elapsed_s)) + "\n");
    }
    void finish(const Summary& summary) override {
        if (!summary.stop.empty()) say(stderr, "nightshift: stopped: " + summary.stop + "\n");
    }

private:
    Watcher watcher_;
};

}  // namespace

std::unique_ptr<Screen> make_screen(const ScreenOptions& options) {
    const auto& wanted = options.progress;
    if (wanted == "json") return std::make_unique<Ndjson>();
    if (wanted == "none" || options.quiet) return std::make_unique<Silent>();
    if (wanted == "tty" || (wanted == "auto" && is_smart_terminal())) {
        return std::make_unique<Block>(options.title, wants_color(options.color),
                                       [] { return terminal_size(); });
    }
    return std::make_unique<Plain>();
}

}  // namespace nightshift::screen
