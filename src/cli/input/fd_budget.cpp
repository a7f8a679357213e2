#include "cli/input/fd_budget.hpp"

#include "base/failure.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace nightshift::cli {
namespace {

// Still to be opened by a run itself: loop, timers, signals, log, reply log, ledger, and a few
// folders and files for a moment.
constexpr long kept_back = 20;
// Opened before that: the manifest, the queue, the lock, the control socket, the sandbox.
constexpr long kept_for_loading = 10;
// Of one request: its connection, two of libcurl's resolver, a part file. Resolving is short and
// half of all requests download at most, so that not all of many need all of it at once.
constexpr long per_request = 4;
constexpr long needy_requests = 512;
constexpr long per_two_further = 3;
constexpr long idle_connections = 32;  // worth keeping beside those in use
constexpr long limit_max = 1 << 20;

}  // namespace

DescriptorPlan plan_descriptors(long limit, long in_use, int concurrency, bool loopback) {
    const long peer = loopback ? 1 : 0;
    const long left = limit - in_use - kept_back;
    const long needy = std::min(left / (per_request + peer), needy_requests);
    const long further = 2 * ((left - needy * (per_request + peer)) / (per_two_further + 2 * peer));
    const long room = std::max(1L, needy < needy_requests ? needy : needy + further);
    const long wanted = concurrency;
    return {.concurrency = static_cast<int>(std::min(wanted, room)),
            .connections = std::min(wanted + idle_connections, room)};
}

long raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return limit_max;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<long>(std::min<rlim_t>(limit.rlim_cur, limit_max));
}

long descriptors_in_use() {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::directory_iterator open("/proc/self/fd", error);
    return error ? kept_back : std::distance(fs::begin(open), fs::end(open));
}

void require_descriptors_for_run(bool sandbox) {
    const auto limit = raise_descriptor_limit();
    const auto needed =
        descriptors_in_use() + kept_for_loading + kept_back + per_request + (sandbox ? 1 : 0);
    if (limit >= needed) return;
    throw StorageError(fmt::format(
        "only {} files may be open here, and a run needs {}: raise the limit (ulimit -n) and run "
        "the same command",
        limit, needed));
}

std::string descriptor_warning(const DescriptorPlan& plan, long limit, int concurrency) {
    if (plan.concurrency >= concurrency) return {};
    return fmt::format(
        "only {} files may be open here (ulimit -n): at most {} requests in flight instead of {}; "
        "raise the hard limit for more",
        limit, plan.concurrency, concurrency);
}

}  // namespace nightshift::cli
