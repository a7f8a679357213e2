#include "cli/input/exit_code.hpp"

namespace nightshift::cli {

ExitCode exit_code_of(const Stop& stop, std::int64_t failed, std::int64_t held, bool paused) {
    switch (stop.cause) {
        case StopCause::credentials:
            return exit_credentials;
        case StopCause::quota:
            return exit_quota;
        case StopCause::misconfigured:
            return exit_misconfigured;
        case StopCause::interrupted:
            return exit_interrupted;
        case StopCause::terminated:
            return exit_terminated;
        case StopCause::storage:
            return exit_storage;
        case StopCause::in_use:
            return exit_in_use;
        case StopCause::none:
        case StopCause::fail_fast:
            break;
    }
    // Held tasks want a decision; that word comes before failures.
    if (held > 0) return exit_held_tasks;
    if (failed > 0 || paused || stop.cause == StopCause::fail_fast) return exit_failed_tasks;
    return exit_ok;
}

const std::vector<ExitMeaning>& exit_code_table() {
    static const std::vector<ExitMeaning> table = {
        {exit_ok, "everything succeeded"},
        {exit_failed_tasks,
         "finished; some tasks failed, or a lane was paused after many equal errors"},
        {exit_usage, "usage, configuration or manifest error; nothing was sent"},
        {exit_held_tasks, "finished; some tasks are held and want a decision"},
        {exit_credentials, "stopped: the gateway refused the credentials"},
        {exit_misconfigured, "stopped: gateway misconfigured or unreachable"},
        {exit_quota, "stopped: quota, `--budget` or `--max-duration`; the same command resumes"},
        {exit_storage, "local storage failed"},
        {exit_in_use, "the run directory is in use by another process"},
        {exit_bug, "a bug"},
        {exit_interrupted, "stopped by Ctrl-C (SIGINT); the same command resumes"},
        {exit_terminated, "stopped by SIGTERM; the same command resumes"}};
    return table;
}

}  // namespace nightshift::cli
