#include "engine/keyring.hpp"

#include <cctype>

namespace nightshift {
namespace {

constexpr std::size_t telling_bytes = 8;  // of a key, that must not be seen either

bool may_be_in_a_key(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

}  // namespace

void Keyring::hide(std::string& text) const {
    if (key_.size() < telling_bytes) return;
    const auto head = key_.substr(0, telling_bytes);
    for (auto at = text.find(head); at != text.npos; at = text.find(head, at)) {
        auto end = at + head.size();
        while (end < text.size() && may_be_in_a_key(text[end])) ++end;
        text.replace(at, end - at, "[key]");
        at += 5;  // goes on behind it
    }
}

std::shared_ptr<const http::HeaderBlock> Keyring::for_posts(const Job& job) {
    auto& block = posts_[job.endpoint];
    if (!block) {
        http::Headers fields = {{"Authorization", "Bearer " + key_},
                                {"Content-Type", "application/json"}};
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
