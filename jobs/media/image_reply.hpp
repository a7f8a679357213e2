// What the two image protocols share: turning what the gateway handed over into files.

#pragma once

#include "jobs/media/image_finder.hpp"
#include "jobs/protocol/job.hpp"
#include "jobs/protocol/note_keys.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::jobs {

struct Harvest {
    std::vector<Output> outputs;
    int missing = 0;               // images that are none: cut, corrupt, gone
    std::optional<Failure> cause;  // why the last missing link was
};

// Saves and fetches images in order. What does not decode or is not complete counts as missing;
// troubles that may pass (network, disk) are thrown.
Async<Harvest> harvest(std::vector<Image> images, Attempt& attempt);

// The body of an earlier paid reply, or a new one: posts only when there is none.
Async<std::string> paid_body(Attempt& attempt);
// Keeps the body when one of the images has to be fetched.
Async<void> keep_if_links(const std::vector<Image>& images, const std::string& body,
                          Attempt& attempt);

// Throws FailedAnswer when nothing was harvested: what became of the links (after which a retry may
// pay again), or no_output with `message`. `answer`: what the reply said besides images.
Async<void> require_some(const Harvest& harvest, std::string message, const Outcome& answer,
                         Attempt& attempt);

// A reply with every long base64 replaced by "(<n> bytes of base64: see outputs)"; everything
// else is as it was.
std::string without_base64(std::string_view reply);

}  // namespace nightshift::jobs
