// What the message of a refusal says, where no code does: the one table of phrases, in English and
// Chinese. The last resort, for messages are written for people and change (wire contract 10.2).

#pragma once

#include <optional>
#include <string_view>

namespace nightshift {

enum class Says {
    saturated,    // too many requests, or too much load: waiting helps
    quota,        // an account has no money or quota left
    credentials,  // a key or an account is refused
    no_model,     // the model is not there
    policy,       // a content rule refused the request
};

// What the refused request held: what a message repeats of it says nothing.
struct Refused {
    std::string_view model = {};
    std::string_view body = {};  // JSON
};

// Whole phrases only, outside quotation marks, and none that the request itself holds. Of several
// meanings the first in the order of Says counts.
std::optional<Says> said_in(std::string_view message, const Refused& refused);

// True when the message names the model, in quotation marks or not.
bool names_model(std::string_view message, std::string_view model);

}  // namespace nightshift
