#include "cli/input/gateway_models.hpp"

#include "base/bounds.hpp"
#include "base/random.hpp"
#include "cli/input/exit_code.hpp"
#include "engine/retry/retry.hpp"
#include "http/curl/client.hpp"
#include "jobs/protocol/verdict.hpp"
#include "replies/keyring.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <simdjson.h>

#include <algorithm>
#include <optional>

namespace nightshift::cli {
namespace {

constexpr int tries_max = 3;
constexpr const char* models_path = "/v1/models";

int exit_code_for(Kind kind) {
    if (kind == Kind::credentials) return exit_credentials;
    return kind == Kind::quota ? exit_quota : exit_misconfigured;
}

struct Asking {
    const Credentials& credentials;
    Clock& clock;
    http::Client& client;
    ModelsAnswer answer;
};

Async<void> ask(Asking& asking) {
    Keyring keys(asking.credentials.key);
    auto random = Random::from_system();
    for (int tried = 1; tried <= tries_max; ++tried) {
        http::Request request;
        request.url = asking.credentials.origin.url(models_path).value();
        request.headers = keys.for_gets();
        request.timeout = seconds(limits::poll_timeout_s);
        auto reply = co_await asking.client.send(std::move(request));
        keys.hide(reply.body);
        const Asked asked{.group = Group::text,
                          .first_contact = true,
                          .take_redirect = false,
                          .operation = "get",
                          .path = models_path};
        const auto stop = verdict_of_get(reply, asked);
        if (stop) {
            asking.answer = {exit_code_for(stop->kind), stop->message, {}};
            co_return;
        }
        auto models = reply.ok() ? models_in(reply.body) : std::nullopt;
        if (models) {
            asking.answer = {exit_ok, "", std::move(*models)};
            co_return;
        }
        const auto failure = verdict_of_post(reply, asked);
        asking.answer = {exit_misconfigured,
                         failure ? failure->message : "get /v1/models: not a list of models",
                         {}};
        const Failure passing{.kind = Kind::server_error, .code = "", .message = ""};
        const double pause = backoff_s(passing, tried, RetryRules{}, random);
        if (tried < tries_max)
            co_await asking.clock.sleep_until(asking.clock.now() + seconds(pause));
    }
}

}  // namespace

std::optional<std::vector<std::string>> models_in(const std::string& body) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    if (parser.parse(body).get(root) != simdjson::SUCCESS) return std::nullopt;
    bool success = true;
    if (root["success"].get(success) == simdjson::SUCCESS && !success) return std::nullopt;
    simdjson::dom::array data;
    if (root["data"].get(data) != simdjson::SUCCESS &&
        root["models"].get(data) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    std::vector<std::string> models;
    for (const auto entry : data) {
        std::string_view id;
        if (entry["id"].get(id) == simdjson::SUCCESS ||
            entry["name"].get(id) == simdjson::SUCCESS) {
            models.emplace_back(id);
        }
    }
    std::sort(models.begin(), models.end());
    return models;
}

ModelsAnswer ask_models(const Credentials& credentials) {
    boost::asio::io_context io(1);
    SystemClock clock(io);
    http::ClientOptions options;
    options.connect_timeout = seconds(limits::connect_timeout_s);
    http::Client client(io, options);
    Asking asking{credentials, clock, client, {exit_bug, "no answer", {}}};
    auto end = [&io](std::exception_ptr error) {
        io.stop();
        if (error) std::rethrow_exception(error);
    };
    const auto guard = boost::asio::make_work_guard(io);
    boost::asio::co_spawn(io, ask(asking), end);
    io.run();
    return asking.answer;
}

}  // namespace nightshift::cli
