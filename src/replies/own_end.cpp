#include "replies/own_end.hpp"

#include "base/failure.hpp"
#include "jobs/protocol/json_reply.hpp"
#include "json/json_repair.hpp"

#include <cstdint>

namespace nightshift {
namespace {

// The stream's own reader throws what broke it: a missing end leaves open what was done, an error
// does not.
bool is_finished_stream(const Job& job, std::string_view body) {
    if (job.of_stream == nullptr) return false;
    try {
        job.of_stream(body, "read the stream");
    } catch (const Failed& failed) {
        return failed.failure().billing != Billing::unknown;
    }
    return true;
}

// "RIFF", the bytes that follow as 32 bits, "WAVE". Synthesizers that do not know them write zero
// or ones.
bool is_filled_wav(std::string_view body) {
    constexpr std::size_t head = 8, chunks_min = 36;
    if (!body.starts_with("RIFF") || body.substr(head, 4) != "WAVE") return false;
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        size |= std::uint64_t{static_cast<unsigned char>(body[4 + i])} << (8 * i);
    }
    return size >= chunks_min && (size + head == body.size() || size + head + 1 == body.size());
}

}  // namespace

bool ended_early(const http::Reply& reply) {
    const bool is_good = reply.status >= 200 && reply.status < 300;
    return is_good &&
           (reply.trouble == http::Trouble::truncated || reply.trouble == http::Trouble::idle ||
            reply.trouble == http::Trouble::timeout || reply.packing_cut);
}

bool has_own_end(const Job& job, std::string_view body) {
    if (jobs::is_event_stream(body)) return is_finished_stream(job, body);
    const auto meat = jobs::meat_of(body);
    if (meat.starts_with('{')) return repair_json(meat).has_value();
    if (meat.starts_with('[')) return repair_json(meat) || is_finished_stream(job, body);
    return is_filled_wav(body);
}

void forgive_early_end(const Job& job, http::Reply& reply) {
    if (!ended_early(reply) || !has_own_end(job, reply.body)) return;
    reply.trouble = http::Trouble::none;
    reply.trouble_text.clear();
}

}  // namespace nightshift
