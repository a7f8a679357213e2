#include "engine/attempt/expectation.hpp"

#include "base/text/terminal_text.hpp"
#include "json/json_number.hpp"
#include "json/schema/schema.hpp"

#include <simdjson.h>

namespace nightshift {
namespace {

[[noreturn]] void refuse(const Task& task, std::string code, const std::string& cause) {
    throw Failed({.kind = Kind::invalid_output,
                  .code = std::move(code),
                  .message = "check the answer to " + task.id + ": " + cause,
                  .billing = Billing::known});
}

}  // namespace

void check_expectation(const Task& task, const Outcome& outcome) {
    if (task.expect.empty()) return;
    simdjson::dom::parser text_parser, expect_parser;
    simdjson::dom::element text, schema;
    const simdjson::padded_string expect(task.expect);
    auto answer = outcome.text.value_or("");
    auto error = text_parser.parse(answer).get(text);
    if (error == simdjson::NUMBER_ERROR && replace_huge_numbers(answer)) {
        error = text_parser.parse(answer).get(text);  // JSON bounds no number
    }
    if (error != simdjson::SUCCESS) {
        refuse(task, "not_json", "it is not JSON");
    }
    if (expect_parser.parse(expect).at_key("json_schema").get(schema) != simdjson::SUCCESS) return;
    const auto compiled = JsonSchema::compile(schema);
    const auto violations = compiled.schema.violations(text, 1);
    if (violations.empty()) return;
    const auto& first = violations.front();
    refuse(task, "schema",
           term_safe(first.pointer.empty() ? "the answer" : first.pointer, 100) + " " +
               term_safe(first.what, 200));
}

}  // namespace nightshift
