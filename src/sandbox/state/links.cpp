// The signature is made of the name, both times, the serial and the gateway's seed.
#include "sandbox/state/links.hpp"

#include "sandbox/media/seeded_random.hpp"

#include <fmt/format.h>

#include <charconv>

namespace nightshift::sandbox {
namespace {

std::uint64_t number_of(std::string_view text, int base) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number, base);
    return number;
}

std::string signature_of(const Link& link, std::uint64_t seed) {
    const std::string plain =
        fmt::format("{} {} {} {} {}", seed, link.name, link.expires_s, link.issued_ms, link.serial);
    return fmt::format("{:012x}{:08x}{}", link.issued_ms, link.serial,
                       sha256_hex(plain).substr(0, 32));
}

}  // namespace

std::string signed_target(const Link& link, std::uint64_t seed) {
    return fmt::format("/results/{}?Expires={}&Signature={}", link.name, link.expires_s,
                       signature_of(link, seed));
}

bool read_link(const Call& call, std::uint64_t seed, Link& link) {
    const std::string signature = call.parameter("Signature");
    if (signature.size() != 52) return false;
    link.name = call.route.task_id;
    link.expires_s = static_cast<std::int64_t>(number_of(call.parameter("Expires"), 10));
    link.issued_ms =
        static_cast<std::int64_t>(number_of(std::string_view(signature).substr(0, 12), 16));
    link.serial =
        static_cast<std::uint32_t>(number_of(std::string_view(signature).substr(12, 8), 16));
    return signature == signature_of(link, seed);
}

}  // namespace nightshift::sandbox
