#include "engine/attempt/model_hint.hpp"

#include "base/bounds.hpp"
#include "base/text/did_you_mean.hpp"
#include "base/text/terminal_text.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

namespace nightshift {
namespace {

constexpr std::size_t name_bytes = 120;

std::vector<std::string> names_in(const std::string& body) {
    std::vector<std::string> names;
    simdjson::dom::parser parser;
    simdjson::dom::array data;
    if (parser.parse(body)["data"].get(data) != simdjson::SUCCESS) return names;
    for (const auto entry : data) {
        std::string_view id;
        if (entry["id"].get(id) == simdjson::SUCCESS) names.emplace_back(id);
    }
    return names;
}

std::string hint_of(const std::string& model, const std::vector<std::string>& names) {
    if (names.empty()) return "";
    if (std::find(names.begin(), names.end(), model) != names.end()) {
        return "the gateway does list this model; ask its operator";
    }
    const auto* near = nearest_of(model, names);
    if (near == nullptr) return "the gateway does not list it; see `nightshift models`";
    return fmt::format("the gateway does not list it; did you mean \"{}\"?",
                       term_safe(*near, name_bytes));
}

}  // namespace

Async<std::string> hint_for_model(Shared& shared, std::string model) {
    http::Request request;
    request.url = shared.world.origin.url("/v1/models").value();
    request.headers = shared.keys.for_gets();
    request.body_max_bytes = limits::json_reply_bytes;
    request.timeout = seconds(limits::poll_timeout_s);
    auto reply = co_await shared.world.transport.send(std::move(request));
    shared.keys.hide(reply.body);
    if (!reply.ok()) co_return "";
    co_return hint_of(model, names_in(reply.body));
}

}  // namespace nightshift
