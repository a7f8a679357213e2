#include "http/message.hpp"

#include "http/body_decoder.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <new>

namespace nightshift::http {
namespace {

bool equals_folded(std::string_view text, std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
    });
}

// libcurl writes a header as it is given: a line break in a value would start another header.
std::string one_line(std::string text) {
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    return text;
}

void append(curl_slist*& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list, line.c_str());
    if (longer == nullptr) {
        curl_slist_free_all(list);
        throw std::bad_alloc();
    }
    list = longer;
}

}  // namespace

std::string_view name_of(Trouble trouble) {
    switch (trouble) {
        case Trouble::none:
            return "none";
        case Trouble::dns:
            return "dns";
        case Trouble::no_such_name:
            return "no_such_name";
        case Trouble::connect:
            return "connect";
        case Trouble::connect_timeout:
            return "connect_timeout";
        case Trouble::tls:
            return "tls";
        case Trouble::no_tls:
            return "no_tls";
        case Trouble::tls_verify:
            return "tls_verify";
        case Trouble::timeout:
            return "timeout";
        case Trouble::idle:
            return "idle";
        case Trouble::reset:
            return "reset";
        case Trouble::truncated:
            return "truncated";
        case Trouble::too_large:
            return "too_large";
        case Trouble::refused_stream:
            return "refused_stream";
        case Trouble::repeat_refused:
            return "repeat_refused";
        case Trouble::protocol:
            return "protocol";
        case Trouble::unsafe_address:
            return "unsafe_address";
        case Trouble::sink:
            return "sink";
        case Trouble::local:
            return "local";
    }
    return "none";
}

std::string accepted_encodings() {
    return std::string(BodyDecoder::accepted());
}

HeaderBlock::HeaderBlock(Headers fields) : fields_(std::move(fields)) {
    curl_slist* list = nullptr;
    bool typed = false;
    for (const auto& [name, value] : fields_) {
        typed = typed || equals_folded(name, "content-type");
        // "Name;" is libcurl's spelling of a header without a value.
        append(list, one_line(value.empty() ? name + ";" : name + ": " + value));
    }
    append(list, "User-Agent: nightshift");
    // A name with nothing behind it keeps libcurl from adding that header by itself: "Expect:
    // 100-continue" costs a round trip, and a form's content type would be a lie.
    append(list, "Expect:");
    if (!typed) append(list, "Content-Type:");
    list_ = list;
}

HeaderBlock::~HeaderBlock() {
    curl_slist_free_all(static_cast<curl_slist*>(list_));
}

std::string_view Reply::header(std::string_view name) const {
    for (const auto& [each, value] : headers) {
        if (each == name) return value;
    }
    return {};
}

}  // namespace nightshift::http
