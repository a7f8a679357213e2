#include "cli/doctor/gateway_probe.hpp"

#include "base/bounds.hpp"
#include "base/clock.hpp"
#include "cli/input/gateway_models.hpp"
#include "http/curl/client.hpp"
#include "http/proxy.hpp"
#include "http/retry_after.hpp"
#include "jobs/protocol/verdict.hpp"
#include "replies/keyring.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>


namespace nightshift::cli {
namespace {

constexpr const char* path = "/v1/models";

struct Probe {
    const Credentials& credentials;
    http::Client& client;
    GatewayFacts facts;
};

// Every failure, not only those that stop a run.
std::optional<Failure> failure_of(const http::Reply& reply) {
    const Asked asked{.group = Group::text,
                      .first_contact = true,
                      .take_redirect = false,
                      .operation = "get",
                      .path = path};
    if (auto stop = verdict_of_get(reply, asked)) return stop;
    auto failure = verdict_of_post(reply, asked);
    if (!failure) return std::nullopt;
    // Nobody behind the gateway is asked for its list of models: the refusal is its own.
    if (reply.status == 401) failure->kind = Kind::credentials;
    return failure;
}

void take(GatewayFacts& facts, const http::Reply& reply) {
    facts.now_ms = unix_ms();
    facts.status = reply.status;
    facts.trouble = reply.trouble;
    facts.failure = failure_of(reply);
    if (const auto theirs = unix_of_date(reply.header("date"))) {
        facts.skew_s = *theirs - facts.now_ms / 1000;
    }
    if (facts.failure) return;
    facts.models = models_in(reply.body);
    if (facts.models) return;
    facts.failure = Failure{.kind = Kind::misconfigured,
                            .code = "no_models",
                            .message = "get /v1/models: not a list of models; check the base URL",
                            .http_status = reply.status};
}

// True when asking again can say anything else.
bool is_passing(const std::optional<Failure>& failure) {
    if (!failure) return true;
    return failure->kind != Kind::credentials && failure->kind != Kind::misconfigured &&
           failure->kind != Kind::quota;
}

Async<void> ask_twice(Probe& probe) {
    Keyring keys(probe.credentials.key);
    for (int asked = 1; asked <= 2; ++asked) {
        http::Request request;
        request.url = probe.credentials.origin.url(path).value();
        request.headers = keys.for_gets();
        request.body_max_bytes = limits::json_reply_bytes;
        request.timeout = seconds(limits::poll_timeout_s);
        const auto before = BootClock::now();
        auto reply = co_await probe.client.send(std::move(request));
        const double took_s = to_seconds(BootClock::now() - before);
        keys.hide(reply.body);
        keys.hide(reply.headers);
        const bool first_was_good = asked == 2 && !probe.facts.failure;
        take(probe.facts, reply);
        if (first_was_good) {
            probe.facts.next_s = took_s;
        } else {
            probe.facts.first_s = took_s;
        }
        if (!is_passing(probe.facts.failure)) co_return;
    }
}

}  // namespace

GatewayFacts probe_gateway(const Credentials& credentials) {
    boost::asio::io_context io(1);
    http::ClientOptions options;
    options.connect_timeout = seconds(limits::connect_timeout_s);
    http::Client client(io, options);
    Probe probe{credentials, client, {}};
    auto end = [&io](std::exception_ptr error) {
        io.stop();
        if (error) std::rethrow_exception(error);
    };
    const auto guard = boost::asio::make_work_guard(io);
    boost::asio::co_spawn(io, ask_twice(probe), end);
    io.run();
    const auto url = credentials.origin.url(path).value();
    const auto proxies = http::Proxies::from_environment();
    const auto* proxy = proxies.proxy_for(url);
    if (proxy != nullptr) probe.facts.proxy = proxy->address;
    if (probe.facts.status != 0 && url.is_tls()) {
        probe.facts.tls = http::look_at_tls({.url = url, .proxy = proxy});
    }
    return std::move(probe.facts);
}

}  // namespace nightshift::cli
