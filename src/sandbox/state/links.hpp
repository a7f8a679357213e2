// Result links on the foreign host: /results/{name}?Expires=UNIX&Signature=HEX. They are checked
// from the link alone, so they outlive a restart of the gateway.
#pragma once

#include "sandbox/call/request.hpp"

#include <cstdint>
#include <string>

namespace nightshift::sandbox {

struct Link {
    std::string name;            // `task_....mp4`, `image_....png`, `speech_....mp3`
    std::int64_t expires_s = 0;  // Unix time
    std::int64_t issued_ms = 0;
    std::uint32_t serial = 0;  // tells links given out for the same name apart
};

// The path and query of a link, signed with the gateway's seed.
std::string signed_target(const Link& link, std::uint64_t seed);

// Fills `link` from a call on the result host; false when the signature is not this gateway's.
bool read_link(const Call& call, std::uint64_t seed, Link& link);

}  // namespace nightshift::sandbox
