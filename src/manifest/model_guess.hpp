// What the name of a model that no rule knows says about where it belongs.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

// Endpoints that a model of this name may mean, by the words in it ("t2v", "image", "tts"); empty
// when nothing in it says that it makes more than text.
std::vector<std::string> endpoints_meant(std::string_view model);

// Of a family of chat models that is widely known: it belongs where every other model goes.
bool is_chat_family(std::string_view model);

}  // namespace nightshift
