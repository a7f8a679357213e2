#include "engine/keyring.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

std::string hidden(const std::string& key, std::string text) {
    Keyring(key).hide(text);
    return text;
}

}  // namespace

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

TEST_CASE("a key that a reply says back is hidden wherever it stands, whole or cut") {
    for (const std::string key : {"sk-0123456789abcdef", "0123456789abcdef", "-dash-first-0"}) {
        CAPTURE(key);
        CHECK(hidden(key, key) == "[key]");
        CHECK(hidden(key, "key " + key + ", again " + key) == "key [key], again [key]");
        CHECK(hidden(key, key + ' ' + key.substr(0, 8) + "***") == "[key] [key]***");
        CHECK(hidden(key, "cut " + key.substr(0, 7)) == "cut " + key.substr(0, 7));
        CHECK(hidden(key, "") == "");
        CHECK(hidden(key, "s-k-0-sk-0123") == "s-k-0-sk-0123");
    }
}

TEST_CASE("a key that a reply says back in a header is hidden") {
    http::Headers headers = {{"x-oneapi-request-id", "20260101sk-0123456789abcdef"},
                             {"content-type", "application/json"}};
    Keyring("sk-0123456789abcdef").hide(headers);
    CHECK(headers == http::Headers{{"x-oneapi-request-id", "20260101[key]"},
                                   {"content-type", "application/json"}});
}

TEST_CASE("in a text that comes in pieces the key is hidden where two of them meet, too") {
    const std::string key = "sk-0123456789abcdef";
    const auto text = "a" + key + " " + key + "/b" + key;
    for (std::size_t piece = 1; piece < text.size(); ++piece) {
        CAPTURE(piece);
        const Keyring keys(key);
        std::string rest, gone_on;
        for (std::size_t at = 0; at < text.size(); at += piece) {
            rest += text.substr(at, piece);
            const auto ready = keys.hide_so_far(rest);
            gone_on += rest.substr(0, ready);
            rest.erase(0, ready);
        }
        keys.hide(rest);
        CHECK(gone_on + rest == "a[key] [key]/b[key]");
    }
}

TEST_CASE("what begins like a key and does not end is not waited for without end") {
    std::string text = "sk-01234" + std::string(10'000, 'x');
    CHECK(Keyring("sk-0123456789abcdef").hide_so_far(text) == 0);
    CHECK(text == "[key]");
}

TEST_CASE("a key that is shorter than eight characters is left alone") {
    CHECK(hidden("word", "a word") == "a word");
}
