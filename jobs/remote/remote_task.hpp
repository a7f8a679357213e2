// What both video endpoints share: submit once, remember, poll, fetch.

#pragma once

#include "jobs/protocol/job.hpp"

#include <string_view>

namespace nightshift::jobs {

// The notes of a remote task (Attempt::recall, remember).
inline constexpr std::string_view remote_id_key = "remote_id";
inline constexpr std::string_view other_id_key = "other_id";  // named by the submit's reply, too
inline constexpr std::string_view link_expiry_key = "link_expires_at";  // Unix seconds

// Runs the task to its end. Posts only when there is no remote id yet; from then on every reply
// is about a video that exists and is paid, whatever it says.
Async<Outcome> run_remote_task(const Task& task, Attempt& attempt, std::string_view route);

}  // namespace nightshift::jobs
