// The forms in which a secret may stand in a text: as it is, in base64, in hexadecimal digits.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

struct SecretForm {
    std::string text;       // in lower case where that does not matter
    bool any_case = false;  // letters in either case are the same
};

// The first is the secret itself. Base64 stands there three times for each alphabet, once for each
// place that the secret may have in the groups of three bytes, without the digits that it shares
// with its neighbours.
std::vector<SecretForm> forms_of(const std::string& secret);

// How many bytes at its beginning a secret shares with others of its kind, "sk-proj-" for one: up
// to the last dash within its first twelve.
std::size_t public_prefix_of(std::string_view secret);

// ASCII only.
char lower_case(char c);

}  // namespace nightshift
