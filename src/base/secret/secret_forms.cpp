#include "base/secret/secret_forms.hpp"

#include "base/base64.hpp"

#include <algorithm>

namespace nightshift {
namespace {

constexpr std::size_t prefix_bytes_max = 12;

std::string in_lower_case(std::string text) {
    for (auto& c : text) c = lower_case(c);
    return text;
}

std::string hexadecimal(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char c : bytes) {
        text += digits[c >> 4];
        text += digits[c & 15];
    }
    return text;
}

// The digits whose six bits are all the secret's, when `before` bytes stand in its first group.
std::string base64_core(const std::string& secret, std::size_t before) {
    const auto digits = encode_base64(std::string(before, 'x') + secret + "xxx");
    const auto first = (8 * before + 5) / 6;
    const auto end = 8 * (before + secret.size()) / 6;
    return digits.substr(first, end - first);
}

std::string url_safe(std::string digits) {
    std::replace(digits.begin(), digits.end(), '+', '-');
    std::replace(digits.begin(), digits.end(), '/', '_');
    return digits;
}

}  // namespace

char lower_case(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::vector<SecretForm> forms_of(const std::string& secret) {
    std::vector<SecretForm> forms = {{in_lower_case(secret), true}, {hexadecimal(secret), true}};
    for (const std::size_t before : {0, 1, 2}) {
        const auto digits = base64_core(secret, before);
        forms.push_back({digits, false});
        const auto other = url_safe(digits);
        if (other != digits) forms.push_back({other, false});
    }
    return forms;
}

std::size_t public_prefix_of(std::string_view secret) {
    const auto dash = secret.substr(0, prefix_bytes_max).rfind('-');
    return dash == secret.npos ? 0 : dash + 1;
}

}  // namespace nightshift
