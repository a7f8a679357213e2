#include "replies/keyring.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

TEST_CASE("POSTs carry the key, the endpoint's own headers and what can be unpacked") {
    Keyring keys("sk-0123456789abcdef");
    Job job;
    job.endpoint = "messages";
    job.key_header = "x-api-key";
    job.headers = {{"anthropic-version", "2023-06-01"}};

    const auto block = keys.for_posts(job);

    const http::Headers expected = {{"Authorization", "Bearer sk-0123456789abcdef"},
                                    {"Content-Type", "application/json"},
                                    {"Accept-Encoding", http::accepted_encodings()},
                                    {"x-api-key", "sk-0123456789abcdef"},
                                    {"anthropic-version", "2023-06-01"}};
    CHECK(block->fields() == expected);
    CHECK(keys.for_posts(job) == block);  // made once
}

TEST_CASE("a key that a reply says back in a header is hidden") {
    http::Headers headers = {{"x-oneapi-request-id", "20260101sk-0123456789abcdef"},
                             {"content-type", "application/json"}};
    Keyring("sk-0123456789abcdef").hide(headers);
    CHECK(headers == http::Headers{{"x-oneapi-request-id", "20260101[key]"},
                                   {"content-type", "application/json"}});
}

TEST_CASE("a key that an answer says in pieces is hidden once they are put together") {
    const std::string key = "sk-0123456789abcdef";
    Outcome outcome;
    outcome.text = "it is " + key;
    outcome.reasoning = key + "?";
    outcome.reply = R"({"content":")" + key + R"("})";
    Failure failure{.kind = Kind::bad_reply, .code = key, .message = "not " + key};
    const Keyring keys(key);
    keys.hide(outcome);
    keys.hide(failure);
    CHECK(outcome.text == "it is [key]");
    CHECK(outcome.reasoning == "[key]?");
    CHECK(outcome.reply == R"({"content":"[key]"})");
    CHECK(failure.code == "[key]");
    CHECK(failure.message == "not [key]");
}
