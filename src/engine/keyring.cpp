#include "engine/keyring.hpp"

namespace nightshift {

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
