// nightshift status: what is in a run directory. Read-only, works beside a run.

#include "base/clock.hpp"
#include "base/timestamp.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/input/open_queue.hpp"
#include "cli/status/status_overview.hpp"
#include "screen/terminal.hpp"
#include "screen/width.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <unistd.h>

namespace nightshift::cli {
namespace {

constexpr int redraw_s = 2;

sigset_t ending_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

// True when the user has seen enough.
bool asked_to_end_within(int seconds) {
    const auto set = ending_signals();
    const timespec time{seconds, 0};
    return sigtimedwait(&set, nullptr, &time) > 0;
}

// Redrawn in place on a terminal, cut to it so that the number of rows is known.
class Picture {
public:
    void show(std::vector<std::string> lines) {
        const bool smart = screen::is_smart_terminal(STDOUT_FILENO);
        std::string text;
        if (smart) {
            const auto size = screen::terminal_size(STDOUT_FILENO);
            const auto rows = std::max<std::size_t>(size.rows, 2) - 1;
            if (lines.size() > rows) lines.resize(rows);
            for (auto& line : lines) line = screen::cut_to_width(line, size.columns - 1);
            if (drawn_ > 0) text = fmt::format("\x1b[{}A\r", drawn_);
        } else if (drawn_ > 0) {
            text = "\n";
        }
        for (const auto& line : lines) text += line + (smart ? "\x1b[K\n" : "\n");
        if (smart) text += "\x1b[J";
        fmt::print("{}", text);
        drawn_ = lines.size();
    }

private:
    std::size_t drawn_ = 0;
};

// 0: not on a terminal.
std::size_t table_columns() {
    if (!screen::is_smart_terminal(STDOUT_FILENO)) return 0;
    return std::max<std::size_t>(screen::terminal_size(STDOUT_FILENO).columns, 2) - 1;
}

void print_json(const Overview& overview) {
    fmt::print("{}\n", json_of(overview).dump(-1, ' ', false,
                                              nlohmann::ordered_json::error_handler_t::replace));
}

int watch(const Arguments& arguments, const RunFolders& folders) {
    const auto set = ending_signals();
    sigprocmask(SIG_BLOCK, &set, nullptr);
    Picture picture;
    for (;;) {
        const auto overview = look_at(folders, unix_ms());
        if (arguments.common.json) {
            print_json(overview);
        } else {
            auto lines = lines_of(overview, arguments.by, table_columns());
            lines.insert(lines.begin(), rfc3339(overview.taken_at) + "  (Ctrl-C ends)");
            picture.show(std::move(lines));
        }
        // Nobody is there any more to read it.
        if (std::fflush(stdout) != 0) return exit_ok;
        if (asked_to_end_within(redraw_s)) return exit_ok;
    }
}

}  // namespace

int status_command(const Arguments& arguments) {
    const auto folders = require_run_folder(arguments.dir);
    if (arguments.watch) return watch(arguments, folders);
    const auto overview = look_at(folders, unix_ms());
    if (arguments.common.json) {
        print_json(overview);
    } else {
        for (const auto& line : lines_of(overview, arguments.by, table_columns())) {
            fmt::print("{}\n", line);
        }
    }
    return exit_ok;
}

}  // namespace nightshift::cli
