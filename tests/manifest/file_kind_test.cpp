#include "manifest/file_kind.hpp"

#include <doctest/doctest.h>

#include <string>

using nightshift::foreign_kind;

namespace {

std::string kind_of(const std::string& text, bool is_whole = true) {
    const auto kind = foreign_kind(text, is_whole);
    return kind ? kind->what : "";
}

}  // namespace

TEST_CASE("a file that is no JSONL is told by what it looks like, once") {
    CHECK(kind_of("id,model,prompt\n1,gpt-5.4,hello\n2,gpt-5.4,you\n") ==
          "this looks like CSV, not JSONL");
    CHECK(kind_of("编号;模型;提示词\n1;gpt-5.4;你好\n") == "this looks like CSV, not JSONL");
    CHECK(kind_of("id\tmodel\tprompt\n1\tgpt\thello, you\n") == "this looks like TSV, not JSONL");
    CHECK(kind_of("[\n  {\"id\": \"a\", \"prompt\": \"b\"},\n  {\"id\": \"c\"}\n]\n") ==
          "this is one JSON list, not JSONL");
    CHECK(kind_of("[{\"id\": \"a\"}]") == "this is one JSON list, not JSONL");
    CHECK(kind_of("{\n  \"id\": \"a\",\n  \"messages\": [\n    {\"role\": \"user\"}\n  ]\n}\n") ==
          "this is JSON spread over several lines, not JSONL");
    CHECK(kind_of("- id: a\n  model: gpt-5.4\n  prompt: hello, you\n") ==
          "this looks like YAML, not JSONL");
    CHECK(kind_of("---\ntasks:\n  - id: a\n") == "this looks like YAML, not JSONL");
    CHECK(kind_of("<!DOCTYPE html>\n<html>\n") == "this looks like HTML or XML, not JSONL");
    // What is cut off says as much.
    CHECK(kind_of("a,b\n1,2\n3,", false) == "this looks like CSV, not JSONL");
}

TEST_CASE("bad lines do not make another file of JSONL") {
    CHECK(kind_of("") == "");
    CHECK(kind_of("\n\n") == "");
    CHECK(kind_of("{\"id\": \"a\"}\n") == "");
    CHECK(kind_of("id,model\n{\"id\": \"a\"}\n") == "");
    CHECK(kind_of("[1, 2]\n{\"id\": \"a\"}\n") == "");
    CHECK(kind_of("{\"id\": \"a\"\n{\"id\": \"b\"\n") == "");
    CHECK(kind_of("{'id': 'a'}\n{'id': 'b'}\n") == "");
    CHECK(kind_of("hello\n") == "");
    CHECK(kind_of("{\"id\": \"a\", \"prompt\": \"so long that its end was not read", false) == "");
}
