#include "jobs/protocol/token_usage.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::jobs;

namespace {

Usage read(std::string_view counts, CacheCounts cache = CacheCounts::within_input) {
    return usage_in(Json::parse(counts).value().root(), cache);
}

std::string merged(std::initializer_list<std::string_view> parts) {
    std::string usage = "null";
    for (const auto part : parts) usage = merged_usage(usage, Json::parse(part).value().root());
    return usage;
}

}  // namespace

TEST_CASE("every vendor's counts are read, cached tokens as part of the input") {
    struct Row {
        const char* counts;
        CacheCounts cache;
        std::optional<std::int64_t> input, output, reasoning, cached, written;
    };
    constexpr auto within = CacheCounts::within_input, beside = CacheCounts::beside_input;
    const Row rows[] = {
        {R"({"prompt_tokens":1000,"completion_tokens":5,"total_tokens":1005,)"
         R"("prompt_tokens_details":{"cached_tokens":800},)"
         R"("completion_tokens_details":{"reasoning_tokens":2}})",
         within,
         1000,
         5,
         2,
         800,
         {}},
        {R"({"prompt_tokens":1000,"completion_tokens":5,"prompt_cache_hit_tokens":800,)"
         R"("prompt_cache_miss_tokens":200})",
         within,
         1000,
         5,
         {},
         800,
         {}},
        {R"({"completion_tokens":5,"prompt_cache_hit_tokens":800,"prompt_cache_miss_tokens":200})",
         within,
         1000,
         5,
         {},
         800,
         {}},
        {R"({"prompt_tokens":1000,"completion_tokens":5,"cached_tokens":800})",
         within,
         1000,
         5,
         {},
         800,
         {}},
        {R"({"input_tokens":10,"cache_read_input_tokens":500,"cache_creation_input_tokens":200,)"
         R"("output_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":150,)"
         R"("ephemeral_1h_input_tokens":50}})",
         beside,
         710,
         5,
         {},
         500,
         200},
        {R"({"input_tokens":10,"output_tokens":5,"cache_creation":)"
         R"({"ephemeral_5m_input_tokens":150,"ephemeral_1h_input_tokens":50}})",
         beside,
         210,
         5,
         {},
         {},
         200},
        {R"({"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":)"
         R"({"cached_tokens":500,"cached_creation_tokens":200}})",
         within,
         710,
         5,
         {},
         500,
         200},
        {R"({"promptTokenCount":1000,"candidatesTokenCount":5,"totalTokenCount":1035,)"
         R"("thoughtsTokenCount":30,"cachedContentTokenCount":800})",
         within,
         1000,
         35,
         30,
         800,
         {}},
        {R"({"prompt_tokens":0,"input_tokens":12,"output_tokens":3})", within, 12, 3, {}, {}, {}},
        {R"({"prompt_tokens":"10","completion_tokens":"5"})", within, 10, 5, {}, {}, {}},
        {R"({"prompt_tokens":100,"completion_tokens":null,"total_tokens":120})",
         within,
         100,
         20,
         {},
         {},
         {}},
        {R"({"completion_tokens":20,"total_tokens":120})", within, 100, 20, {}, {}, {}},
        {R"({"prompt_tokens":100,"total_tokens":90})", within, 100, {}, {}, {}, {}},
        {R"({"total_tokens":90})", within, {}, {}, {}, {}, {}},
        {R"({"prompt_tokens":-5,"completion_tokens":-1,"total_tokens":-6,"cached_tokens":-3})",
         within,
         {},
         {},
         {},
         {},
         {}},
        {R"({"prompt_tokens":1e30,"completion_tokens":NaN})", within, {}, {}, {}, {}, {}},
        {"{}", beside, {}, {}, {}, {}, {}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.counts);
        const auto usage = read(row.counts, row.cache);
        CHECK(usage.input_tokens == row.input);
        CHECK(usage.output_tokens == row.output);
        CHECK(usage.reasoning_tokens == row.reasoning);
        CHECK(usage.cached_tokens == row.cached);
        CHECK(usage.cache_write_tokens == row.written);
    }
}

TEST_CASE("usage of a stream is put together field by field; nothing replaces something") {
    CHECK(merged({}) == "null");
    CHECK(merged({"null", "7", "[]"}) == "null");
    CHECK(merged({R"({"a":1,"b":2})", R"({"b":3,"c":4})"}) == R"({"a":1,"b":3,"c":4})");
    CHECK(merged({R"({"a":5,"b":5,"c":5})", R"({"a":0,"b":null,"c":-1})"}) ==
          R"({"a":5,"b":5,"c":5})");
    CHECK(merged({R"({"a":0})", R"({"a":7})", "null"}) == R"({"a":7})");
    CHECK(merged({R"({"d":{"x":1}})", R"({"d":{"y":2}})", R"({"d":null})"}) ==
          R"({"d":{"x":1,"y":2}})");
    CHECK(merged({R"({"d":null})", R"({"d":{"y":2}})"}) == R"({"d":{"y":2}})");
}
