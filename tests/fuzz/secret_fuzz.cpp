// A reply that may hold the key: the first line is the key, the rest the body. Afterwards the key
// is not in it, a JSON document is one still, and in pieces it comes to the same.

#include "base/secret/secret.hpp"

#include "json/json_scan.hpp"

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

bool is_json(const std::string& text) {
    simdjson::dom::parser parser;
    return parser.parse(text).error() == simdjson::SUCCESS;
}

bool is_key(std::string_view text) {
    constexpr std::string_view of_json = "\\\"{}[],:";
    if (text.size() < 8 || text.find_first_of(of_json) != text.npos) return false;
    bool has_letter = false;
    for (const char c : text) {
        if (c <= ' ' || c > '~') return false;
        has_letter = has_letter || (c >= 'g' && c <= 'z');
    }
    return has_letter && text.front() >= 'A';  // not what a number could hold
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto end = input.find('\n');
    if (end == input.npos || !is_key(input.substr(0, end))) return 0;
    const nightshift::Secret secret{std::string(input.substr(0, end))};
    const std::string body(input.substr(end + 1));
    auto hidden = body;
    secret.hide(hidden);
    if (is_json(body) && !is_json(hidden)) abort();
    if (hidden.size() > body.size()) abort();
    const bool has_media = body.find("base64,") != body.npos || body.find('"') != body.npos;
    if (!has_media && body.size() > 64 && hidden.find(secret.value()) != hidden.npos) abort();

    std::string streamed;
    nightshift::SecretStream stream(secret);
    for (std::size_t at = 0; at < body.size(); at += 13) {
        stream.add(std::string_view(body).substr(at, 13), streamed);
    }
    stream.end(streamed);
    const bool is_text = !nightshift::is_binary(body.substr(0, 80));
    if (is_text && streamed != hidden) abort();
    return 0;
}
