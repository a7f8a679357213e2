#include "replies/keyring.hpp"

namespace nightshift {

void Keyring::hide(std::string& text) const {
    key_.hide(text);
}

void Keyring::hide(http::Headers& headers) const {
    for (auto& [name, value] : headers) key_.hide(value);
}

void Keyring::hide(Failure& failure) const {
    key_.hide(failure.code);
    key_.hide(failure.message);
}

void Keyring::hide(Outcome& outcome) const {
    for (auto* text : {&outcome.text, &outcome.reasoning, &outcome.finish_reason}) {
        if (*text) key_.hide(**text);
    }
    for (auto& flag : outcome.flags) key_.hide(flag);
    key_.hide(outcome.reply);
}

std::shared_ptr<const http::HeaderBlock> Keyring::for_posts(const Job& job) {
    auto& block = posts_[job.endpoint];
    if (!block) {
        http::Headers fields = {{"Authorization", "Bearer " + key_.value()},
                                {"Content-Type", "application/json"},
                                {"Accept-Encoding", http::accepted_encodings()}};
        if (!job.key_header.empty()) fields.emplace_back(std::string(job.key_header), key_.value());
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
    if (with_key) extra.emplace_back("Authorization", "Bearer " + key_.value());
    return std::make_shared<http::HeaderBlock>(std::move(extra));
}

}  // namespace nightshift
