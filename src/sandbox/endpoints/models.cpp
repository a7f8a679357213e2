// GET /v1/models in its three forms, GET /v1/models/{id} and GET /v1beta/models (wire contract 2).
#include "sandbox/endpoints/endpoints.hpp"

namespace nightshift::sandbox {
namespace {

constexpr std::int64_t created_s = 1626777600;  // the gateway's constant
constexpr const char* created_at = "2021-07-20T10:40:00Z";

std::vector<std::string> visible(const Call& call) {
    std::vector<std::string> names;
    for (const std::string& name : Catalog::names()) {
        if (!call.caller.model_limited || allowed_to_limited(name)) names.push_back(name);
    }
    return names;
}

Json openai_model(World& world, const std::string& name) {
    return Json{
        {"id", name},
        {"object", "model"},
        {"created", created_s},
        {"owned_by", "custom"},
        {"supported_endpoint_types", Catalog::endpoint_types(world.catalog().kind_of(name))}};
}

Reply no_such_model(const std::string& name) {
    const Json error{{"message", "The model '" + name + "' does not exist"},
                     {"type", "invalid_request_error"},
                     {"param", "model"},
                     {"code", "model_not_found"}};
    return gateway_reply(200, Json{{"error", error}});
}

Reply anthropic_list(const std::vector<std::string>& names) {
    Json data = Json::array();
    for (const std::string& name : names) {
        data.push_back(Json{
            {"id", name}, {"created_at", created_at}, {"display_name", name}, {"type", "model"}});
    }
    return gateway_reply(200, Json{{"data", data},
                                   {"first_id", names.front()},
                                   {"has_more", false},
                                   {"last_id", names.back()}});
}

Reply gemini_list(const std::vector<std::string>& names) {
    Json models = Json::array();
    for (const std::string& name : names) {
        models.push_back(Json{{"name", name},
                              {"baseModelId", nullptr},
                              {"version", nullptr},
                              {"displayName", name},
                              {"description", nullptr},
                              {"inputTokenLimit", nullptr},
                              {"outputTokenLimit", nullptr},
                              {"supportedGenerationMethods", nullptr},
                              {"thinking", nullptr},
                              {"temperature", nullptr},
                              {"maxTemperature", nullptr},
                              {"topP", nullptr},
                              {"topK", nullptr}});
    }
    return gateway_reply(200, Json{{"models", models}, {"nextPageToken", nullptr}});
}

}  // namespace

Reply do_models(World& world, const Call& call, const Fault&) {
    const auto names = visible(call);
    const bool anthropic =
        !call.header("x-api-key").empty() && !call.header("anthropic-version").empty();
    if (call.route.gemini_list) return gemini_list(names);
    if (!call.route.model.empty()) {
        const bool known = world.catalog().kind_of(call.route.model) != ModelKind::none;
        if (!known) return no_such_model(call.route.model);
        return gateway_reply(200, openai_model(world, call.route.model));
    }
    if (anthropic) return anthropic_list(names);
    if (!call.header("x-goog-api-key").empty()) return no_such_model("");  // wire contract 2.3
    Json data = Json::array();
    for (const std::string& name : names) data.push_back(openai_model(world, name));
    return gateway_reply(200, Json{{"data", data}, {"object", "list"}, {"success", true}});
}

}  // namespace nightshift::sandbox
