// The prepared request headers of a run: the only place that puts the key into a request, and that
// takes it out of a reply.

#pragma once

#include "base/failure.hpp"
#include "base/secret/secret.hpp"
#include "http/message.hpp"
#include "jobs/protocol/job.hpp"

#include <map>
#include <memory>
#include <string>

namespace nightshift {

class Keyring {
public:
    explicit Keyring(std::string key) : key_(std::move(key)) {}

    // For the POSTs of an endpoint: Bearer on all, the protocol's own carrier besides (wire
    // contract 1.1), JSON content type, fixed headers.
    std::shared_ptr<const http::HeaderBlock> for_posts(const Job& job);
    // For polls and downloads of the gateway's own origin.
    std::shared_ptr<const http::HeaderBlock> for_gets();
    // For one download: `extra` (Range, If-Range), and the key only when `with_key`.
    std::shared_ptr<const http::HeaderBlock> for_download(bool with_key, http::Headers extra) const;

    // Each hides the key (base/secret/secret) in what others wrote, before it goes to a file or a
    // screen.
    void hide(std::string& text) const;
    void hide(http::Headers& headers) const;  // in their values
    void hide(Failure& failure) const;
    // In what an answer says once it is put together: a stream may have cut the key.
    void hide(Outcome& outcome) const;
    const Secret& key() const { return key_; }

private:
    Secret key_;
    std::map<std::string_view, std::shared_ptr<const http::HeaderBlock>> posts_;
    std::shared_ptr<const http::HeaderBlock> gets_;
};

}  // namespace nightshift
