#include "screen/screen.hpp"

#include "screen/live_block.hpp"
#include "screen/ndjson.hpp"
#include "screen/plain.hpp"
#include "screen/terminal.hpp"

namespace nightshift::screen {
namespace {

// Says nothing on the way; at the end the summary, or, told to be quiet, only why it ended early.
class Silent : public Screen {
public:
    explicit Silent(bool quiet) : quiet_(quiet) {}
    void on_task(const TaskEvent& event) override { watcher_.on_task(event); }
    void on_notice(const std::string&) override {}
    void refresh(const RunStatus& status, double elapsed_s) override {
        watcher_.view(status, elapsed_s);
    }
    void answer(const RunStatus& status, double elapsed_s) override {
        say(stderr, status_line(watcher_.view(status, elapsed_s)) + "\n");
    }
    void finish(const Summary& summary) override {
        if (!quiet_) return say(stderr, summary_text(summary));
        if (!summary.stop.empty()) say(stderr, "nightshift: stopped: " + summary.stop + "\n");
    }

private:
    bool quiet_;
    Watcher watcher_;
};

}  // namespace

std::unique_ptr<Screen> make_screen(const ScreenOptions& options) {
    const auto& wanted = options.progress;
    if (wanted == "json") return std::make_unique<Ndjson>();
    if (wanted == "none" || options.quiet) return std::make_unique<Silent>(options.quiet);
    if (wanted == "tty" || (wanted == "auto" && is_smart_terminal())) {
        return std::make_unique<Block>(options.title, wants_color(options.color), options.verbose,
                                       [] { return terminal_size(); });
    }
    return std::make_unique<Plain>(options.verbose);
}

}  // namespace nightshift::screen
