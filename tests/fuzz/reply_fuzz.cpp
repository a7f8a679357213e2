// What a gateway answers, for every endpoint: the first byte chooses the endpoint, the second the
// status and content type; the rest is the body of the POST's reply, up to a zero byte, and of
// every poll's. A job ends with an outcome or with Failed, and with nothing else.

#include "jobs/job_table.hpp"
#include "tests/jobs/scripted_attempt.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace nightshift;
using namespace nightshift::test;

namespace {

constexpr std::array<int, 4> statuses = {200, 400, 429, 500};
constexpr std::array<const char*, 4> types = {"application/json", "text/event-stream", "text/html",
                                              "audio/wav"};
constexpr std::array<const char*, 7> models = {"claude-sonnet-4-6",  "gpt-5.4",
                                               "gemini-3-flash",     "gpt-image-2",
                                               "happyhorse-1.0-t2v", "doubao-seedance-2-0-260128",
                                               "qwen3-tts-flash"};

http::Reply reply_of(std::uint8_t kind, std::string_view body) {
    http::Reply reply;
    reply.status = statuses[kind & 3];
    reply.headers = {{"content-type", types[(kind >> 2) & 3]}};
    reply.body = body;
    reply.sent = true;
    return reply;
}

}  // namespace

// The scripted attempt checks itself with doctest, which wants a context.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
    static doctest::Context context;
    context.setAsDefaultForAssertsOutOfTestCases();
    context.setAssertHandler([](const doctest::AssertData& data) {
        if (data.m_failed) abort();
    });
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto& entry = job_table()[data[0] % job_table().size()];
    std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    const auto first = bytes.substr(0, bytes.find('\0'));
    const auto polls = first.size() < bytes.size() ? bytes.substr(first.size() + 1) : bytes;
    auto task = task_for(entry.job.endpoint, models[data[0] % models.size()]);
    task.stream = (data[1] & 0x10) != 0;
    ScriptedAttempt attempt(entry.job.group);
    attempt.replies = {reply_of(data[1], first), reply_of(0, polls), reply_of(0, polls)};
    try {
        play(entry.job, task, attempt);
    } catch (const Failed& failed) {
        if (failed.failure().message.empty()) abort();
    }
    return 0;
}
