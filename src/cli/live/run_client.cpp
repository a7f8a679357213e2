#include "cli/live/run_client.hpp"

#include "base/bounds.hpp"
#include "base/run_lock.hpp"
#include "base/text/shell_word.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/live/selection_json.hpp"
#include "control/client.hpp"

namespace nightshift::cli {
namespace {

using control::Asked;
using control::Json;
using control::Trouble;

constexpr double status_wait_s = 2;

std::string holder_of(const RunFolders& folders) {
    return RunLock::holder(folders.hidden() / "lock");
}

[[noreturn]] void refuse_idle(const RunFolders& folders) {
    const auto dir = folders.root.string();
    throw NotRunning("no process runs " + dir + "; start one with `nightshift run -o " +
                     shell_word(dir) + "`");
}

[[noreturn]] void refuse(const RunFolders& folders, const control::Answer& answer) {
    const auto dir = folders.root.string();
    const auto error = term_safe(answer.error, 2000);
    switch (answer.trouble) {
        case Trouble::ending:
            throw InUse(dir + ": " + error + " and took nothing; wait for it, and run it again");
        case Trouble::busy:
            throw InUse(dir + ": " + error);
        case Trouble::storage:
            throw StorageError("the process that runs " + dir + ": " + error);
        default:
            throw UsageError(error);
    }
}

std::int64_t moved_beside(const RunFolders& folders, const char* command, const char* count,
                          const Selection& selection) {
    control::Request request{.command = command, .arguments = Json::object()};
    request.arguments["selection"] = json_of(selection);
    try {
        const auto result = ask_run(folders, request, std::nullopt);
        return result.value(count, std::int64_t{0});
    } catch (const NotRunning&) {
        throw InUse("the process that ran " + folders.root.string() +
                    " has just ended; run the command again");
    }
}

}  // namespace

bool is_running(const RunFolders& folders) {
    return !holder_of(folders).empty();
}

Json ask_run(const RunFolders& folders, const control::Request& request,
             std::optional<double> wait_s) {
    const auto who = holder_of(folders);
    if (who.empty()) refuse_idle(folders);
    const auto asked = control::ask(folders.hidden(), request, wait_s);
    const auto dir = folders.root.string();
    switch (asked.outcome) {
        case Asked::Outcome::not_there:
            if (!is_running(folders)) refuse_idle(folders);
            throw InUse(dir + " is in use by " + who + ", which takes no orders; wait for it");
        case Asked::Outcome::gone:
            throw InUse("the process that ran " + dir +
                        " ended before it answered; the same command again says what is so");
        case Asked::Outcome::silent:
            throw InUse(dir + " is in use by " + who +
                        ", which does not answer: it loads a manifest, or it hangs; try again");
        case Asked::Outcome::answered:
            break;
    }
    if (asked.answer.trouble != Trouble::none) refuse(folders, asked.answer);
    return asked.answer.result;
}

std::int64_t requeue_beside(const RunFolders& folders, const Selection& selection) {
    return moved_beside(folders, "retry", "requeued", selection);
}

std::int64_t cancel_beside(const RunFolders& folders, const Selection& selection) {
    return moved_beside(folders, "cancel", "cancelled", selection);
}

std::vector<std::string> pauses_of(const RunFolders& folders) {
    std::vector<std::string> lines;
    const control::Request request{.command = "status", .arguments = Json::object()};
    const auto asked = control::ask(folders.hidden(), request, status_wait_s);
    const auto& result = asked.answer.result;
    if (asked.outcome != Asked::Outcome::answered || !result.contains("notice")) return lines;
    const auto notice = result.value("notice", std::string());
    if (!notice.empty()) lines.push_back(term_safe(notice));
    for (const auto& lane : result.value("lanes", Json::array())) {
        const auto waiting = lane.value("waiting", std::string());
        if (waiting.empty() || !notice.empty()) continue;
        lines.push_back(term_safe(lane.value("endpoint", std::string()) + " " +
                                  lane.value("model", std::string()) + ": " + waiting));
    }
    return lines;
}

}  // namespace nightshift::cli
