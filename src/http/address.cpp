#include "http/address.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace nightshift::http {
namespace {

struct Block {
    std::uint32_t network;
    int bits;
};

// IPv4 blocks that are not globally reachable (IANA special-purpose registry), multicast and up.
constexpr std::array<Block, 14> special_v4 = {{
    {0x00000000, 8},   // this network
    {0x0a000000, 8},   // private
    {0x64400000, 10},  // shared (carrier NAT)
    {0x7f000000, 8},   // loopback
    {0xa9fe0000, 16},  // link-local, cloud metadata
    {0xac100000, 12},  // private
    {0xc0000000, 24},  // protocol assignments
    {0xc0000200, 24},  // documentation
    {0xc0a80000, 16},  // private
    {0xc6120000, 15},  // benchmarks
    {0xc6336400, 24},  // documentation
    {0xcb007100, 24},  // documentation
    {0xe0000000, 4},   // multicast
    {0xf0000000, 4},   // reserved, broadcast
}};

bool is_public_v4(std::uint32_t address) {
    for (const auto& [network, bits] : special_v4) {
        if ((address >> (32 - bits)) == (network >> (32 - bits))) return false;
    }
    return true;
}

std::uint32_t v4_at(const in6_addr& address, std::size_t offset) {
    const auto* bytes = &address.s6_addr[offset];
    return (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) |
           (std::uint32_t{bytes[2]} << 8) | std::uint32_t{bytes[3]};
}

bool begins(const in6_addr& address, std::initializer_list<int> prefix) {
    std::size_t i = 0;
    for (const int byte : prefix) {
        if (address.s6_addr[i++] != byte) return false;
    }
    return true;
}

in6_addr mapped(std::uint32_t v4) {
    in6_addr address{};
    address.s6_addr[10] = 0xff;
    address.s6_addr[11] = 0xff;
    for (int i = 0; i < 4; ++i) {
        address.s6_addr[12 + i] = static_cast<std::uint8_t>((v4 >> (24 - 8 * i)) & 0xff);
    }
    return address;
}

bool is_mapped(const in6_addr& address) {
    return begins(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
}

}  // namespace

std::optional<in6_addr> address_in(std::string_view text) {
    if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
    }
    if (text.empty() || text.size() > 100) return std::nullopt;
    if (text.find(':') != std::string_view::npos) {
        const std::string bare(text.substr(0, text.find('%')));
        in6_addr address{};
        if (inet_pton(AF_INET6, bare.c_str(), &address) != 1) return std::nullopt;
        return address;
    }
    while (!text.empty() && text.back() == '.') text.remove_suffix(1);
    const std::string bare(text);
    // inet_aton stops at white space, which no host may hold.
    if (bare.find_first_of(" \t\r\n\v\f") != std::string::npos) return std::nullopt;
    in_addr v4{};
    if (inet_aton(bare.c_str(), &v4) == 0) return std::nullopt;
    return mapped(ntohl(v4.s_addr));
}

bool is_loopback(const in6_addr& address) {
    if (is_mapped(address)) return address.s6_addr[12] == 127;
    return begins(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
}

bool is_public(const in6_addr& address) {
    if (is_mapped(address)) return is_public_v4(v4_at(address, 12));
    // Addresses that carry an IPv4 address to which a gateway or tunnel forwards.
    if (begins(address, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {  // NAT64, RFC 6052
        return is_public_v4(v4_at(address, 12));
    }
    if (begins(address, {0x20, 0x02})) return is_public_v4(v4_at(address, 2));  // 6to4
    if (begins(address, {0x20, 0x01, 0x00, 0x00})) return false;                // Teredo
    if (begins(address, {0x20, 0x01, 0x0d, 0xb8})) return false;                // documentation
    return (address.s6_addr[0] & 0xe0) == 0x20;  // 2000::/3, the only global unicast block
}

bool is_public(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        return is_public_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (address.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        return is_public(v6.sin6_addr);
    }
    return false;
}

}  // namespace nightshift::http
