// The foreign result host: an object store with signed links, ranges and XML errors (wire contract
// 9, RFC 9110 section 14 for ranges, 13.1.5 for If-Range). It must never be sent a key.
#include "sandbox/endpoints/endpoints.hpp"
#include "sandbox/media/png.hpp"
#include "sandbox/media/speech.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace nightshift::sandbox {
namespace {

Reply xml_error(int status, std::string_view code, std::string_view message) {
    return bytes_reply(status, "application/xml",
                       fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}"
                                   "</Code><Message>{}</Message></Error>",
                                   code, message));
}

struct Object {
    std::string type;
    std::string bytes;
};

std::uint64_t number_at_start(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    if (!text.empty()) text.remove_prefix(1);
    return number;
}

// The file a name stands for: everything in it is in the name or in the task.
std::optional<Object> object_of(World& world, const std::string& name) {
    std::string_view rest = name;
    if (name.starts_with("image_")) {
        rest.remove_prefix(6);
        const std::uint64_t roll = number_at_start(rest);
        const auto width =
            static_cast<int>(std::clamp<std::uint64_t>(number_at_start(rest), 1, 4096));
        const auto height =
            static_cast<int>(std::clamp<std::uint64_t>(number_at_start(rest), 1, 4096));
        return Object{"image/png", png(draw(roll, width, height))};
    }
    if (name.starts_with("speech_")) {
        rest.remove_prefix(7);
        const std::uint64_t roll = number_at_start(rest);
        const auto tenths = std::clamp<std::uint64_t>(number_at_start(rest), 1, 300);
        const std::string type = rest == "mp3" ? "audio/mpeg" : "audio/wav";
        return Object{type, sound_file(roll, static_cast<double>(tenths) / 10, std::string(rest))};
    }
    const Task* task = world.tasks().find(name.substr(0, name.find('.')));
    if (task == nullptr) return std::nullopt;
    return Object{"video/mp4", world.film_of(*task)};
}

bool has_key(const Call& call) {
    return !call.header("authorization").empty() || !call.header("x-api-key").empty() ||
           !call.header("x-goog-api-key").empty();
}

struct Range {
    std::size_t first = 0;
    std::size_t last = 0;
};

// One `bytes=` range that can be served; nullopt: none asked for, or several.
std::optional<Range> range_of(std::string_view header, std::size_t size, bool& satisfiable) {
    satisfiable = true;
    if (!header.starts_with("bytes=") || header.find(',') != std::string_view::npos) return {};
    header.remove_prefix(6);
    const auto dash = header.find('-');
    if (dash == std::string_view::npos || size == 0) return {};
    std::string_view from = header.substr(0, dash);
    std::string_view to = header.substr(dash + 1);
    Range range{0, size - 1};
    if (from.empty()) {
        range.first = size - std::min<std::size_t>(size, number_at_start(to));
    } else {
        range.first = number_at_start(from);
        if (!to.empty()) range.last = std::min<std::size_t>(size - 1, number_at_start(to));
    }
    satisfiable = range.first < size && range.first <= range.last;
    return range;
}

std::optional<Reply> refused(World& world, const Call& call, const Fault& fault, const Link& link) {
    const std::int64_t now = now_ms();
    const ResultFault& wrong = fault.result;
    const std::int64_t fetch = world.fetches_of(call.parameter("Signature"));
    const bool old = now / 1000 >= link.expires_s ||
                     (wrong.expire_after_seconds &&
                      static_cast<double>(now - link.issued_ms) >
                          *wrong.expire_after_seconds * 1000 / world.options().speed) ||
                     (wrong.expire_after_fetches && fetch > *wrong.expire_after_fetches);
    if (old) return xml_error(403, "AccessDenied", "Request has expired.");
    if (!wrong.redirect.empty()) {
        Reply reply = bytes_reply(302, "text/plain", "");
        reply.set_header("Location", wrong.redirect);
        return reply;
    }
    if (wrong.replace == "html") return bytes_reply(200, "text/html", "<html>login</html>");
    if (wrong.replace == "json") return bytes_reply(200, "application/json", R"({"code":"busy"})");
    if (wrong.replace == "empty") return bytes_reply(200, "video/mp4", "");
    return std::nullopt;
}

Reply served(const Call& call, const Object& object, const Fault& fault, const std::string& etag) {
    bool satisfiable = true;
    auto range = range_of(call.header("range"), object.bytes.size(), satisfiable);
    const auto condition = call.header("if-range");
    if (!condition.empty() && condition != etag && !fault.result.ignore_if_range) range.reset();
    if (fault.result.ignore_range) range.reset();
    Reply reply;
    if (range && !satisfiable) {
        reply = xml_error(416, "InvalidRange", "The requested range cannot be satisfied");
        reply.set_header("Content-Range", fmt::format("bytes */{}", object.bytes.size()));
        return reply;
    }
    if (range) {
        reply = bytes_reply(206, object.type,
                            object.bytes.substr(range->first, range->last - range->first + 1));
        reply.set_header("Content-Range", fmt::format("bytes {}-{}/{}", range->first, range->last,
                                                      object.bytes.size()));
    } else {
        reply = bytes_reply(200, object.type, object.bytes);
    }
    reply.set_header("ETag", etag);
    reply.set_header("Accept-Ranges", "bytes");
    return reply;
}

}  // namespace

Reply do_results(World& world, const Call& call, const Fault& fault) {
    Link link;
    Reply reply;
    std::optional<Object> object;
    if (has_key(call)) {
        reply =
            xml_error(400, "InvalidArgument", "Only one auth mechanism allowed; a key was sent");
    } else if (!read_link(call, world.options().seed, link)) {
        reply = xml_error(403, "SignatureDoesNotMatch", "The signature does not match.");
    } else if (auto refusal = refused(world, call, fault, link)) {
        reply = std::move(*refusal);
    } else if (object = object_of(world, link.name); !object) {
        reply = xml_error(404, "NoSuchKey", "The specified key does not exist.");
    } else {
        std::string etag = "\"" + sha256_hex(link.name).substr(0, 32) + "\"";
        if (fault.result.change_etag) etag = "\"" + world.request_id() + "\"";
        if (fault.result.other_object) {
            std::reverse(object->bytes.begin(), object->bytes.end());
            etag = "\"" + sha256_hex("other " + link.name).substr(0, 32) + "\"";
        }
        if (fault.result.replace == "short") object->bytes.resize(object->bytes.size() / 2);
        reply = served(call, *object, fault, etag);
    }
    reply.gateway_headers = false;
    return reply;
}

}  // namespace nightshift::sandbox
