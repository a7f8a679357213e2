// POST /v1beta/models/{model}:generateContent and :streamGenerateContent (wire contract 5). Text
// models answer as a native channel does, image models as the converted channel of section 5.2;
// their picture comes in the forms of section 5.4.
#include "sandbox/call/errors.hpp"
#include "sandbox/endpoints/endpoints.hpp"
#include "sandbox/media/base64.hpp"
#include "sandbox/media/png.hpp"
#include "sandbox/media/sample_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace nightshift::sandbox {
namespace {

constexpr std::int64_t picture_tokens = 1120;

bool wants_picture(World& world, const Call& call) {
    return world.catalog().kind_of(call.model) == ModelKind::gemini_image;
}

// imageConfig does not survive the gateway, so only a ratio in the prompt changes the shape.
std::pair<int, int> size_for(const std::string& prompt) {
    static constexpr std::array<std::pair<std::string_view, std::pair<int, int>>, 6> shapes{{
        {"16:9", {1024, 576}},
        {"9:16", {576, 1024}},
        {"4:3", {960, 720}},
        {"3:4", {720, 960}},
        {"3:2", {960, 640}},
        {"2:3", {640, 960}},
    }};
    for (const auto& [ratio, size] : shapes) {
        if (prompt.find(ratio) != std::string::npos) return size;
    }
    return {768, 768};
}

std::string wrapped_url_safe(const std::string& file) {
    const std::string letters = base64_url(file);
    std::string text;
    for (std::size_t at = 0; at < letters.size(); at += 76) {
        text += (at == 0 ? "" : "\n") + letters.substr(at, 76);
    }
    return text;
}

std::string chosen_form(const Call& call, const Fault& fault) {
    if (fault.form.empty()) return "base64";  // as the gateway's own document has it
    if (fault.form != "mixed") return fault.form;
    static constexpr std::array<std::string_view, 6> good{
        "markdown", "inline_data", "bare_data_url", "base64", "base64_wrapped", "url"};
    Dice dice(mix(call.roll, "form"));
    return std::string(good[dice.below(good.size())]);
}

Json text_part(const std::string& text) {
    return Json{{"text", text}};
}

Json picture_parts(World& world, const Call& call, const std::string& form) {
    const std::string prompt = last_prompt(value_at(call.json, "contents"));
    const auto [width, height] = size_for(prompt);
    const std::string caption = "Here is the picture for \"" + first_tokens(prompt, 16) + "\".";
    if (form == "safety") return Json::array();
    if (form == "no_image") return Json::array({text_part("I cannot draw that, sorry.")});
    if (form == "url") {
        const std::string name = "image_" + std::to_string(call.roll) + "_" +
                                 std::to_string(width) + "x" + std::to_string(height) + ".png";
        const std::string link = world.link_to(name, 86400);
        return Json::array({text_part(caption + "\n![image](" + link + ")")});
    }
    const std::string file = png(draw(mix(call.roll, "picture"), width, height));
    if (form == "inline_data") {
        const Json data{{"mimeType", "image/png"}, {"data", base64(file)}};
        return Json::array({text_part(caption), Json{{"inlineData", data}}});
    }
    if (form == "base64") return Json::array({text_part(base64(file))});
    if (form == "base64_wrapped") return Json::array({text_part(wrapped_url_safe(file))});
    std::string data_url = "data:image/png;base64," + base64(file);
    if (form == "bare_data_url") return Json::array({text_part(caption + "\n" + data_url)});
    if (form == "corrupt") data_url.resize(data_url.size() / 2);
    return Json::array({text_part(caption + "\n![image](" + data_url + ")")});
}

Json body_of(const Json& content, const std::string& finish, const Json& usage) {
    Json candidate{{"content", content}, {"finishReason", finish}, {"index", 0}};
    return Json{{"candidates", Json::array({std::move(candidate)})}, {"usageMetadata", usage}};
}

Json picture_body(World& world, const Call& call, const Fault& fault) {
    const std::string form = chosen_form(call, fault);
    const std::int64_t prompt_tokens = input_tokens_of(call);
    const Json usage{{"promptTokenCount", prompt_tokens},
                     {"toolUsePromptTokenCount", 0},
                     {"candidatesTokenCount", picture_tokens},
                     {"totalTokenCount", prompt_tokens + picture_tokens},
                     {"thoughtsTokenCount", 0},
                     {"cachedContentTokenCount", 0},
                     {"promptTokensDetails", nullptr},
                     {"toolUsePromptTokensDetails", nullptr},
                     {"candidatesTokensDetails", nullptr}};
    const Json content{{"role", "model"}, {"parts", picture_parts(world, call, form)}};
    Json body = body_of(content, form == "safety" ? "SAFETY" : "STOP", usage);
    body["candidates"][0]["safetyRatings"] = Json::array();
    return body;
}

Json text_body(const Call& call, const Fault& fault) {
    const std::string prompt = last_prompt(value_at(call.json, "contents"));
    const Json& config = value_at(call.json, "generationConfig");
    const auto room =
        static_cast<std::int64_t>(std::clamp(number_at(config, "maxOutputTokens", 8192), 0.0, 1e6));
    const bool thoughts = value_at(value_at(config, "thinkingConfig"), "includeThoughts") == true;
    const std::string thought = reasoning_for(call, prompt);
    std::string text = answer_to(call, prompt);
    std::string finish = "STOP";
    if (fault.form == "max_tokens") text.clear();
    if (fault.form == "max_tokens" || tokens_of(text) > room) {
        text = first_tokens(text, room);
        finish = "MAX_TOKENS";
    }
    Dice dice(mix(call.roll, "id"));
    Json parts = Json::array();
    if (thoughts) parts.push_back(Json{{"text", thought}, {"thought", true}});
    if (!text.empty()) parts.push_back(Json{{"text", text}, {"thoughtSignature", dice.alnum(16)}});
    Json content{{"parts", parts}, {"role", "model"}};
    if (parts.empty()) content.erase("parts");
    const std::int64_t in = input_tokens_of(call);
    const std::int64_t out = tokens_of(text);
    const std::int64_t thinking = tokens_of(thought);
    const Json details = Json::array({Json{{"modality", "TEXT"}, {"tokenCount", in}}});
    Json body = body_of(content, finish,
                        Json{{"promptTokenCount", in},
                             {"candidatesTokenCount", out},
                             {"totalTokenCount", in + out + thinking},
                             {"thoughtsTokenCount", thinking},
                             {"promptTokensDetails", details}});
    if (fault.form == "blocked") {
        body = Json{{"promptFeedback", {{"blockReason", "PROHIBITED_CONTENT"}}},
                    {"usageMetadata", {{"promptTokenCount", in}, {"totalTokenCount", in}}}};
    }
    body["modelVersion"] = call.model;
    body["responseId"] = dice.alnum(20);
    return body;
}

// The same answer as `data:` frames; only the last one has a finishReason. No [DONE].
Reply streamed(const Json& body, const Fault& fault) {
    std::vector<std::string> frames;
    const Json& candidates = value_at(body, "candidates");
    const Json none;
    const Json& parts = candidates.is_array() ? value_at(candidates[0]["content"], "parts") : none;
    for (const Json& part : parts.is_array() ? parts : Json::array()) {
        for (const std::string& piece : pieces_of(text_at(part, "text"))) {
            Json bit{{"text", piece}};
            if (value_at(part, "thought") == true) bit["thought"] = true;
            Json frame = body;
            frame["candidates"][0]["content"]["parts"] = Json::array({bit});
            frame["candidates"][0].erase("finishReason");
            frames.push_back("data: " + plain_json(frame) + "\r\n\r\n");
        }
    }
    if (fault.form == "no_finish_reason") return stream_reply(std::move(frames));
    Json last = body;
    if (parts.is_array() && !parts.empty()) {
        last["candidates"][0]["content"]["parts"] = Json::array({Json{{"text", ""}}});
    }
    frames.push_back("data: " + plain_json(last) + "\r\n\r\n");
    return stream_reply(std::move(frames));
}

}  // namespace

std::optional<Reply> check_generate_content(World& world, const Call& call) {
    const Json& contents = value_at(call.json, "contents");
    if (!contents.is_array() || contents.empty()) {
        return gateway_error(call, {500, "invalid_request", "contents is required"});
    }
    const ModelKind kind = world.catalog().kind_of(call.model);
    if (!is_text(kind) && kind != ModelKind::gemini_image) {
        return upstream_error(call, {400, "", call.model + " is not supported for generateContent"},
                              "upstream_error");
    }
    for (const Json& content : contents) {
        const Json& parts = value_at(content, "parts");
        if (parts.is_array() && !parts.empty()) continue;
        return upstream_error(call, {400, "", "Invalid value at 'contents[0].parts[0]'"},
                              "upstream_error");
    }
    return std::nullopt;
}

Reply do_generate_content(World& world, const Call& call, const Fault& fault) {
    const bool picture = wants_picture(world, call);
    Json body = picture ? picture_body(world, call, fault) : text_body(call, fault);
    const auto cached = world.prompts().by_itself(call).read;
    if (cached > 0) body["usageMetadata"]["cachedContentTokenCount"] = cached;
    Reply reply;
    if (call.route.stream && !picture) {
        reply = streamed(body, fault);
    } else if (call.route.stream) {
        reply = stream_reply({"data: " + plain_json(body) + "\r\n\r\n"});
    } else {
        reply = upstream_reply(200, body);
    }
    const Json& usage = value_at(body, "usageMetadata");
    reply.output_tokens = static_cast<std::int64_t>(number_at(usage, "candidatesTokenCount", 0) +
                                                    number_at(usage, "thoughtsTokenCount", 0));
    reply.seconds = world.options().latency_seconds * (picture ? 4 : 1);
    return reply;
}

}  // namespace nightshift::sandbox
