#include "screen/loading_view.hpp"

#include "screen/ndjson.hpp"
#include "screen/plain.hpp"
#include "screen/say.hpp"
#include "screen/terminal.hpp"
#include "screen/view.hpp"
#include "screen/width.hpp"

namespace nightshift::screen {
namespace {

constexpr std::int64_t look_every_tasks = 64;  // at the clock
constexpr auto redraw_every = std::chrono::milliseconds(250);
constexpr auto line_every = std::chrono::seconds(10);

}  // namespace

LoadingView::LoadingView(const ScreenOptions& options, std::string what)
    : what_(std::move(what)), shown_at_(std::chrono::steady_clock::now()) {
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
    show();
}

void LoadingView::show() {
    auto text = what_;
    if (tasks_ > 0) text += ": " + grouped(tasks_) + " tasks";
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
    if (now - shown_at_ < redraw_every) return;
    if (kind_ != Kind::line && now - shown_at_ < line_every) return;
    shown_at_ = now;
    show();
}

void LoadingView::clear() {
    if (drawn_) say(stderr, "\r\x1b[K");
    drawn_ = false;
}

}  // namespace nightshift::screen
