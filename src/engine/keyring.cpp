#include "engine/keyring.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace nightshift {
namespace {

constexpr std::size_t telling_bytes = 8;     // of a key, that must not be seen either
constexpr std::size_t key_bytes_max = 4096;  // what goes on for longer is something else

bool may_be_in_a_key(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

// By its dash, if it has one: letters are everywhere, in words as in an image's base64.
std::size_t find_key(std::string_view text, std::string_view head, std::size_t from) {
    const auto dash = std::min(head.find('-'), head.size() - 1);
    for (auto at = text.find(head[dash], from + dash); at != text.npos;
         at = text.find(head[dash], at + 1)) {
        if (text.substr(at - dash).starts_with(head)) return at - dash;
    }
    return text.npos;
}

}  // namespace

// What begins like the key where the text ends is hidden when the rest of it is there.
std::size_t Keyring::hide_in(std::string& text, bool is_whole) const {
    if (key_.size() < telling_bytes) return text.size();
    const auto head = std::string_view(key_).substr(0, telling_bytes);
    for (auto at = find_key(text, head, 0); at != text.npos; at = find_key(text, head, at)) {
        auto end = at + head.size();
        while (end < text.size() && may_be_in_a_key(text[end])) ++end;
        if (!is_whole && end == text.size() && end - at < key_bytes_max) return at;
        text.replace(at, end - at, "[key]");
        at += 5;  // goes on behind it
    }
    return text.size() - (is_whole ? 0 : std::min(text.size(), telling_bytes - 1));
}

void Keyring::hide(std::string& text) const {
    hide_in(text, true);
}

void Keyring::hide(http::Headers& headers) const {
    for (auto& [name, value] : headers) hide(value);
}

std::size_t Keyring::hide_so_far(std::string& text) const {
    return hide_in(text, false);
}

std::shared_ptr<const http::HeaderBlock> Keyring::for_posts(const Job& job) {
    auto& block = posts_[job.endpoint];
    if (!block) {
        http::Headers fields = {{"Authorization", "Bearer " + key_},
                                {"Content-Type", "application/json"},
                                {"Accept-Encoding", http::accepted_encodings()}};
        if (!job.key_header.empty()) fields.emplace_back(std::string(job.key_header), key_);
        fields.insert(fields.end(), job.headers.begin(), job.headers.end());
        block = std::make_shared<http::HeaderBlock>(std::move(fields));
    }
    return block;
}

std::shared_ptr<const http::HeaderBlock> Keyring::for_gets() {
    if (!gets_) gets_ = for_download(true, {});
    return gets_;
}

std::shared_ptr<const http::HeaderBlock> Keyring::for_download(bool with_key,
                                                               http::Headers extra) const {
    if (with_key) extra.emplace_back("Authorization", "Bearer " + key_);
    return std::make_shared<http::HeaderBlock>(std::move(extra));
}

}  // namespace nightshift
