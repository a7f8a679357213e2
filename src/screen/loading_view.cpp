#include "screen/loading_view.hpp"

#include "progress/snapshot.hpp"
#include "screen/ndjson.hpp"
#include "screen/plain.hpp"
#include "screen/terminal.hpp"
#include "screen/width.hpp"

namespace nightshift::screen {
namespace {

constexpr std::int64_t look_every_tasks = 16;  // at the clock
constexpr std::chrono::milliseconds first_line_after{1000};
constexpr std::chrono::milliseconds redraw_every{250};
constexpr std::chrono::milliseconds line_every{10'000};

}  // namespace

LoadingView::LoadingView(const ScreenOptions& options, std::string what)
    : what_(std::move(what)), due_at_(std::chrono::steady_clock::now()) {
    const auto& wanted = options.progress;
    if (wanted == "json") {
        kind_ = Kind::json;
    } else if (wanted == "none" || options.quiet) {
        kind_ = Kind::nothing;
    } else if (wanted == "tty" || (wanted == "auto" && is_smart_terminal())) {
        kind_ = Kind::line;
    } else {
        kind_ = Kind::lines;
    }
    // Lines may be read by a program that looks for errors: what is soon done needs none.
    if (kind_ == Kind::lines) due_at_ += first_line_after;
    if (kind_ != Kind::lines) show();
}

void LoadingView::show() {
    auto text = what_;
    if (tasks_ > 0) text += ": " + counted(tasks_, "task") + " so far";
    if (kind_ == Kind::json) Ndjson().on_notice(text);
    if (kind_ == Kind::lines) Plain().on_notice(text);
    if (kind_ != Kind::line) return;
    const auto columns = terminal_size().columns;
    say(stderr, "\r" + cut_to_width(text, columns > 1 ? columns - 1 : 1) + "\x1b[K");
    drawn_ = true;
}

void LoadingView::count() {
    if (++tasks_ % look_every_tasks != 0) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < due_at_) return;
    due_at_ = now + (kind_ == Kind::line ? redraw_every : line_every);
    show();
}

void LoadingView::clear() {
    if (drawn_) say(stderr, "\r\x1b[K");
    drawn_ = false;
}

}  // namespace nightshift::screen
