#include "ledger/ledger_line.hpp"

#include "ledger/ledger_envelope.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace nightshift;
using nlohmann::json;

namespace {

Row some_row() {
    Row row;
    row.id = "x";
    row.endpoint = "videos";
    row.model = "m";
    row.manifest = "m.jsonl";
    row.line = 7;
    row.queued_at = 1;
    row.attempts = 2;
    row.envelope = R"({"tags":["a"],"metadata":{"weight":0.1000,"big":18446744073709551616}})";
    return row;
}

}  // namespace

TEST_CASE("every column is in every line, null where there is none") {
    const auto line = json::parse(ledger_line(some_row(), {}));
    for (const auto* column :
         {"schema",       "id",          "endpoint",   "model",       "state",     "attempts",
          "maybe_billed", "http_status", "request_id", "remote_id",   "queued_at", "started_at",
          "submitted_at", "finished_at", "latency_ms", "text",        "reasoning", "finish_reason",
          "flags",        "usage",       "cost",       "outputs",     "error",     "tags",
          "metadata",     "manifest",    "line",       "answered_by", "gateway"}) {
        CAPTURE(column);
        CHECK(line.contains(column));
    }
    CHECK(line.size() == 29);
    CHECK(line["text"].is_null());
    CHECK(line["usage"]["input_tokens"].is_null());
    CHECK(line["line"] == 7);
    CHECK(line["queued_at"] == "1970-01-01T00:00:00.001Z");
}

TEST_CASE("an answer of another model than asked for is told, and what a cache did") {
    Closing closing;
    closing.outcome.model = "M-2026-01-01";
    CHECK(json::parse(ledger_line(some_row(), closing))["answered_by"].is_null());
    closing.outcome.model = "provider/other";
    closing.outcome.usage = {.input_tokens = 70,
                             .output_tokens = 5,
                             .reasoning_tokens = {},
                             .cached_tokens = 50,
                             .cache_write_tokens = 20};
    const auto line = json::parse(ledger_line(some_row(), closing));
    CHECK(line["answered_by"] == "provider/other");
    CHECK(line["model"] == "m");
    CHECK(line["usage"] == json::parse(R"({"input_tokens":70,"output_tokens":5,)"
                                       R"("reasoning_tokens":null,"cached_tokens":50,)"
                                       R"("cache_write_tokens":20})"));
}

TEST_CASE("the user's metadata keeps its bytes") {
    const auto line = ledger_line(some_row(), {});
    CHECK(line.find(R"("metadata":{"weight":0.1000,"big":18446744073709551616})") !=
          std::string::npos);
}

TEST_CASE("what is no UTF-8 cannot break the line, and no line feed gets into it") {
    auto row = some_row();
    row.envelope = "{\"metadata\":{\n\"a\":1}}";
    Closing closing;
    closing.outcome.text = "bad \xff text\n";
    const auto line = ledger_line(row, closing);
    CHECK(json::accept(line));
    CHECK(line.find('\n') == std::string::npos);
}

TEST_CASE("an envelope gives its numbers and texts") {
    const auto envelope =
        envelope_of(R"({"timeout":2.5,"max_attempts":3,"expect":{"json":true},"tags":["n"]})");
    CHECK(envelope.timeout_s == doctest::Approx(2.5));
    CHECK(envelope.attempts_max == 3);
    CHECK(envelope.expect == R"({"json":true})");
    CHECK(envelope.tags == R"(["n"])");
    CHECK(envelope.metadata == "null");
    CHECK(envelope_of("").tags == "[]");
}
