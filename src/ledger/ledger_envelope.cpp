#include "ledger/ledger_envelope.hpp"

#include "json/json_scan.hpp"

#include <charconv>

namespace nightshift {
namespace {

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number value{};
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    return value;
}

}  // namespace

Envelope envelope_of(std::string_view json) {
    Envelope envelope;
    if (json.size() <= 2) return envelope;
    JsonMembers members(json);
    for (JsonMember member; members.next(member);) {
        if (member.key == "timeout") envelope.timeout_s = number<double>(member.value);
        if (member.key == "max_attempts") envelope.attempts_max = number<int>(member.value);
        if (member.key == "expect") envelope.expect = member.value;
        if (member.key == "tags") envelope.tags = member.value;
        if (member.key == "metadata") envelope.metadata = member.value;
    }
    return envelope;
}

}  // namespace nightshift
