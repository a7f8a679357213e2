// What a gateway in order answers, and a valid request line for each endpoint.

#pragma once

#include "tests/fakes/replay_server.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace nightshift::test {

inline const std::string example_remote_id = "task_Vt5sD1nXkQ8mRz3JwBy0ChLf7EaUg2Po";

// The smallest complete video: the ftyp and mdat boxes of the wire examples.
std::string small_video();

// The url of a valid request for the example's path ("/v1/chat/completions" for unknown ones).
std::string url_for(const std::string& path);
// A valid body for that url.
nlohmann::json body_for(const std::string& url);
// A good reply to any request of ours; `base_url` is where result links lead.
Canned good_reply(const Seen& request, const std::string& base_url);

}  // namespace nightshift::test
