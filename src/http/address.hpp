// Which network addresses are public (the IANA special-purpose registries, RFC 6890). Shared by
// what judges URLs and by what checks an address after resolving (faults.md, OWASP SSRF row).

#pragma once

#include <netinet/in.h>

#include <optional>
#include <string_view>

namespace nightshift::http {

// A name's literal in any spelling that a resolver takes: "127.0.0.1", "0x7f.1", "2130706433",
// "::1", "::ffff:10.0.0.1", with brackets, zone or final dot. An IPv4 address comes back as its
// mapped IPv6 form. Nothing when it is no address.
std::optional<in6_addr> address_in(std::string_view text);

bool is_public(const in6_addr& address);
bool is_loopback(const in6_addr& address);
// False for families other than IPv4 and IPv6.
bool is_public(const sockaddr& address);

}  // namespace nightshift::http
