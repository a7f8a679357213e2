#include "cli/input/run_gateway.hpp"

#include "base/failure.hpp"
#include "base/text/shell_word.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/sandbox_run.hpp"
#include "screen/terminal.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace nightshift::cli {
namespace {

constexpr const char* key_of_gateway = "origin";

// Older versions wrote the port of the scheme, too.
std::string without_default_port(const std::string& origin) {
    const auto parsed = http::Origin::parse(origin);
    return parsed.has_error() ? origin : parsed->identity();
}

std::int64_t count_of(Store& store, std::vector<State> states) {
    Selection selection;
    selection.states = std::move(states);
    return store.count_of(selection);
}

// The stand-in had no name of its own once: the queue remembered its port.
bool is_own_sandbox(const RunFolders& folders, const std::string& gateway) {
    const auto ports = sandbox_ports(folders);
    return ports.gateway != 0 && gateway == fmt::format("http://127.0.0.1:{}", ports.gateway);
}

[[noreturn]] void refuse(const RunFolders& folders, const std::string& before,
                         const std::string& now) {
    const auto dir = term_safe(folders.root.string());
    if (before == sandbox_gateway) {
        throw UsageError(fmt::format(
            "{} is a sandbox run: its results are made up, and {} must not be mixed with them; "
            "give another folder with -o, or add --sandbox to continue the sandbox run",
            dir, now));
    }
    if (now == sandbox_gateway) {
        throw UsageError(
            fmt::format("{} belongs to {}: --sandbox would fill it with made-up results; give "
                        "another folder with -o, or leave -o out",
                        dir, before));
    }
    throw UsageError(fmt::format(
        "{} belongs to the gateway {}, not to {}; give that base URL, or another folder "
        "with -o. If the gateway has moved for good, add --new-origin: unsent tasks "
        "are then sent to the new one, and accepted videos are asked for there",
        dir, before, now));
}

void say_moved(Store& store, const RunFolders& folders, const std::string& before,
               const std::string& now) {
    const auto unsent = count_of(store, {State::pending, State::running});
    const auto accepted = count_of(store, {State::submitted});
    screen::say(stderr, fmt::format("{} now belongs to {} (before: {}): {} unsent task{} will be "
                                    "sent there, {} accepted video{} will be asked for there; "
                                    "finished tasks stay as they are\n",
                                    term_safe(folders.root.string()), now, before, unsent,
                                    unsent == 1 ? "" : "s", accepted, accepted == 1 ? "" : "s"));
}

bool is_same(const RunFolders& folders, const std::string& before, const std::string& now) {
    if (now.empty() || before.empty() || before == now) return true;
    return now == sandbox_gateway && is_own_sandbox(folders, before);
}

}  // namespace

std::string gateway_of(Store& store) {
    return without_default_port(store.meta(key_of_gateway));
}

std::string gateway_asked_for(const RunArguments& run,
                              const std::optional<Credentials>& credentials) {
    if (run.sandbox) return sandbox_gateway;
    if (credentials) return credentials->origin.identity();
    const auto origin = named_origin(run.gateway.base_url, run.gateway.api_key_file);
    return origin ? origin->identity() : "";
}

bool is_loopback_gateway(const RunArguments& run) {
    const auto origin = named_origin(run.gateway.base_url, run.gateway.api_key_file);
    return origin && origin->is_loopback();
}

void check_gateway(Store& store, const RunFolders& folders, const RunArguments& run,
                   const std::string& gateway) {
    const auto before = gateway_of(store);
    const bool may_move = run.new_origin && gateway != sandbox_gateway && before != sandbox_gateway;
    if (!is_same(folders, before, gateway) && !may_move) refuse(folders, before, gateway);
}

void claim_gateway(Store& store, const RunFolders& folders, const RunArguments& run,
                   const std::string& gateway) {
    check_gateway(store, folders, run, gateway);
    const auto before = gateway_of(store);
    if (gateway.empty() || before == gateway) return;
    store.transact([&] { store.set_meta(key_of_gateway, gateway); });
    if (!is_same(folders, before, gateway)) say_moved(store, folders, before, gateway);
}

void require_gateway(Store& store, const RunFolders& folders, const RunArguments& run,
                     const std::string& gateway) {
    const auto before = gateway_of(store);
    if (run.new_origin && before != gateway) {
        throw UsageError("--new-origin: a process runs in " + term_safe(folders.root.string()) +
                         "; stop it first");
    }
    if (!is_same(folders, before, gateway)) refuse(folders, before, gateway);
}

}  // namespace nightshift::cli
