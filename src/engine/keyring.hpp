// The prepared request headers of a run: the only place that puts the key into a request, and that
// takes it out of a reply.

#pragma once

#include "http/message.hpp"
#include "jobs/job.hpp"

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

    // Replaces the key, or what begins with its first eight characters, by "[key]". A key shorter
    // than that is left alone: it would be found in ordinary words.
    void hide(std::string& text) const;
    void hide(http::Headers& headers) const;  // in their values
    // The same in a text of which more will come: returns how many of its bytes need no second look
    // with what follows.
    std::size_t hide_so_far(std::string& text) const;

private:
    std::size_t hide_in(std::string& text, bool is_whole) const;

    std::string key_;
    std::map<std::string_view, std::shared_ptr<const http::HeaderBlock>> posts_;
    std::shared_ptr<const http::HeaderBlock> gets_;
};

}  // namespace nightshift
