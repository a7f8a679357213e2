// nightshift sandbox: the stand-in gateway on loopback, until Ctrl-C.

#include "base/failure.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/exit_code.hpp"
#include "http/origin.hpp"
#include "sandbox/sandbox.hpp"

#include <fmt/format.h>

#include <charconv>
#include <csignal>
#include <cstdio>

namespace nightshift::cli {
namespace {

std::uint16_t port_of(const std::string& text) {
    unsigned port = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc() || rest != end || port > 65535) {
        throw UsageError("--listen: \"" + term_safe(text, 80) + "\" is not a port");
    }
    return static_cast<std::uint16_t>(port);
}

}  // namespace

int sandbox_command(const Arguments& arguments) {
    const auto& given = arguments.sandbox;
    const auto colon = given.listen.rfind(':');
    sandbox::Options options;
    if (colon != std::string::npos && colon > 0) options.host = given.listen.substr(0, colon);
    options.port = port_of(given.listen.substr(colon == std::string::npos ? 0 : colon + 1));
    if (!http::is_loopback_host(options.host) && !given.insecure_listen) {
        throw UsageError("--listen: other machines reach " + term_safe(options.host, 80) +
                         ", and the sandbox takes any key; listen on 127.0.0.1, or "
                         "add --insecure-listen");
    }
    options.seed = given.seed;
    options.speed = given.speed;
    options.faults_file = given.faults;
    options.limits_file = given.limits;
    options.state_dir = given.state;
    try {
        sandbox::Sandbox gateway(std::move(options));
        fmt::print("{}\n", gateway.base_url());
        std::fflush(stdout);
        fmt::print(stderr,
                   "serving; use it with NIGHTSHIFT_BASE_URL={} NIGHTSHIFT_API_KEY=sk-sandbox-1; "
                   "books at {}/sandbox/books; Ctrl-C ends it\n",
                   gateway.base_url(), gateway.base_url());
        const int signal = gateway.wait_for_signal();
        return signal == SIGTERM ? exit_terminated : exit_ok;
    } catch (const std::runtime_error& error) {
        throw UsageError(error.what());
    }
}

}  // namespace nightshift::cli
