// POST /v1/images/generations (wire contract 6; examples image_ok_b64 and the image_* faults).
#include "sandbox/call/errors.hpp"
#include "sandbox/endpoints/endpoints.hpp"
#include "sandbox/media/base64.hpp"
#include "sandbox/media/png.hpp"
#include "sandbox/media/sample_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace nightshift::sandbox {
namespace {

struct Size {
    int width = 1024;
    int height = 1024;
};

// "auto", absent or WIDTHxHEIGHT; nullopt for anything else.
std::optional<Size> size_of(const std::string& text) {
    if (text.empty() || text == "auto") return Size();
    Size size;
    const char* end = text.data() + text.size();
    const auto [cross, first] = std::from_chars(text.data(), end, size.width);
    if (first != std::errc() || cross == end || *cross != 'x') return std::nullopt;
    const auto [rest, second] = std::from_chars(cross + 1, end, size.height);
    if (second != std::errc() || rest != end) return std::nullopt;
    return size;
}

// gpt-image-2: multiples of 16, ratio at most 3:1, 655,360 to 8,294,400 pixels, sides to 3,840
// (wire contract 12).
bool is_served(const Size& size) {
    const double pixels = static_cast<double>(size.width) * size.height;
    const int longer = std::max(size.width, size.height);
    const int shorter = std::min(size.width, size.height);
    return shorter >= 16 && size.width % 16 == 0 && size.height % 16 == 0 && longer <= 3840 &&
           longer <= 3 * shorter && pixels >= 655'360 && pixels <= 8'294'400;
}

Json image_of(World& world, const Call& call, const Fault& fault, int number) {
    const Size size = size_of(text_at(call.json, "size")).value_or(Size());
    const std::uint64_t roll = mix(call.roll, static_cast<std::uint64_t>(number));
    if (fault.form == "url" || text_at(call.json, "response_format") == "url") {
        const std::string name = fmt::format("image_{}_{}x{}.png", roll, size.width, size.height);
        return Json{{"url", world.link_to(name, 86400)},
                    {"b64_json", ""},
                    {"revised_prompt", first_tokens(text_at(call.json, "prompt"), 60)}};
    }
    std::string letters = base64(png(draw(roll, size.width, size.height)));
    if (fault.form == "data_url") letters = "data:image/png;base64," + letters;
    if (fault.form == "corrupt") letters.resize(letters.size() / 2);
    return Json{{"b64_json", letters}};
}

}  // namespace

std::optional<Reply> check_image_generations(World& world, const Call& call) {
    const std::string text = text_at(call.json, "size");
    if (text_at(call.json, "prompt").empty()) {
        return gateway_error(call, {500, "invalid_request", "prompt is required"});
    }
    if (text.find("×") != std::string::npos) {
        return gateway_error(call,
                             {500, "invalid_request",
                              "size an unexpected error occurred in the parameter, please use "
                              "'x' instead of the multiplication sign '×'"});
    }
    if (world.catalog().kind_of(call.model) != ModelKind::image) {
        const std::string message = fmt::format("{} is not an image model", call.model);
        return upstream_error(call, {400, "invalid_value", message}, "image_generation_user_error");
    }
    const auto size = size_of(text);
    if (!size || !is_served(*size)) {
        const std::string message = fmt::format("Invalid size '{}'.", text);
        return upstream_error(call, {400, "invalid_value", message}, "image_generation_user_error");
    }
    const double count = number_at(call.json, "n", 1);
    if (count < 1 || count > 10) {
        const std::string message = "Invalid 'n': expected a value between 1 and 10.";
        return upstream_error(call, {400, "invalid_value", message}, "invalid_request_error");
    }
    return std::nullopt;
}

Reply do_image_generations(World& world, const Call& call, const Fault& fault) {
    int count = static_cast<int>(number_at(call.json, "n", 1));
    if (fault.form == "empty") count = 0;
    if (fault.form == "fewer") count = std::max(0, count - 1);
    Json data = Json::array();
    for (int i = 0; i < count; ++i) data.push_back(image_of(world, call, fault, i));
    const std::int64_t in = input_tokens_of(call);
    const std::int64_t out = 1056 * count;
    const std::string size = text_at(call.json, "size");
    const std::string quality = text_at(call.json, "quality");
    Reply reply = upstream_reply(
        200, Json{{"created", now_ms() / 1000},
                  {"background", "opaque"},
                  {"output_format", "png"},
                  {"quality", quality.empty() || quality == "auto" ? "medium" : quality},
                  {"size", size.empty() || size == "auto" ? "1024x1024" : size},
                  {"data", std::move(data)},
                  {"usage",
                   {{"total_tokens", in + out},
                    {"input_tokens", in},
                    {"output_tokens", out},
                    {"input_tokens_details", {{"text_tokens", in}, {"image_tokens", 0}}}}}});
    reply.output_tokens = out;
    reply.seconds = world.options().latency_seconds * 4;
    return reply;
}

}  // namespace nightshift::sandbox
