// A stage text from the queue (the first line) and an answer (the rest), filled without a crash.
// What comes out is JSON where what went in was; with nothing to fill it is what went in.

#include "json/json_builder.hpp"
#include "recipe/text/template.hpp"
#include "stages/decide.hpp"
#include "stages/fill.hpp"
#include "stages/splice.hpp"

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace nightshift;

namespace {

bool is_json(const std::string& text) {
    simdjson::dom::parser parser;
    return parser.parse(text).error() == simdjson::SUCCESS;
}

class AnyFile : public stages::Files {
public:
    explicit AnyFile(std::string bytes) : bytes_(std::move(bytes)) {}
    bool output(const std::string&, std::string& bytes, std::string&) override {
        bytes = bytes_;
        return true;
    }
    bool own(const std::string&, std::string& bytes, std::string&) override {
        bytes = bytes_;
        return true;
    }

private:
    std::string bytes_;
};

// A text that was escaped is a template that gives it back.
void check_escapes(const std::string& text) {
    std::string error, back;
    const auto parsed = recipe::parse_template(recipe::escaped(text), error);
    if (!parsed || parsed->has_placeholders()) abort();
    for (const auto& part : parsed->parts) back += part.literal;
    if (back != text) abort();
}

bool has_templates(const std::string& json) {
    bool found = false;
    stages::for_each_text(json, false, [&](const stages::TextToken& token) {
        found = found || !stages::template_in(json, token).empty();
        return true;
    });
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto end = input.find('\n');
    const std::string answer(end == input.npos ? "" : input.substr(end + 1));
    check_escapes(answer);
    std::string error;
    const auto line = stages::parse_stage_line(input.substr(0, end), error);
    if (!line) {
        if (error.empty()) abort();  // refused without a word
        return 0;
    }
    stages::Upstreams upstreams;
    int n = 0;
    for (const auto& need : stages::needed_ids(*line)) {
        static constexpr State states[] = {State::succeeded, State::succeeded, State::succeeded,
                                           State::failed,    State::skipped,   State::held};
        const std::string ledger = "{\"text\":" + json_quote(answer) +
                                   R"(,"outputs":[{"path":"a.png","media_type":"image/png"}]})";
        upstreams[need.id] = {states[n++ % 6], "timeout", 1, n % 7 == 6 ? answer : ledger};
    }
    const auto decision = stages::decide(*line, upstreams);
    stages::used(*line, upstreams);
    AnyFile files(answer);
    const auto filled = stages::fill(*line, upstreams, files);
    if (filled.good == filled.line.empty()) abort();
    if (!filled.good && filled.message.empty()) abort();
    if (filled.good && !has_templates(line->request) && filled.line != line->request) abort();
    if (filled.good && is_json(line->request) && !is_json(filled.line)) abort();
    if (decision.what == stages::Decision::What::cancel && decision.message.empty()) abort();
    return 0;
}
