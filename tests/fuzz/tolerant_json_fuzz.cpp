// JSON that a careless sender wrote. Repaired text is valid UTF-8 and valid JSON to two parsers,
// is not repaired further, and breaks off nowhere: no shorter input gives the same value. What a
// strict parser takes means the same after a repair.

#include "base/text/terminal_text.hpp"
#include "jobs/protocol/json_reply.hpp"
#include "json/json_repair.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace nightshift;

namespace {

void require(bool truth) {
    if (!truth) abort();
}

void check_text(const std::string& text) {
    require(valid_utf8(text) == text);
    require(nlohmann::json::accept(text));
    const auto again = repair_json(text);
    require(again && again->text == text && again->consumed == text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto strict = jobs::Json::parse_strict(text);
    const bool compound = strict && (strict->root().is_object() || strict->root().is_array());
    const auto repaired = repair_json(text);
    require(repaired || !compound);
    for (const auto torn : {TornCharacters::replaced, TornCharacters::kept}) {
        if (const auto json = repair_json(text, torn)) {
            check_text(join_torn_characters(json->text));
            require(json->consumed <= size);
            require(!repair_json(text.substr(0, json->consumed - 1), torn));
        }
    }
    if (repaired) check_text(repaired->text);
    const auto read = jobs::Json::parse(text);
    require(read.has_value() || !strict);
    if (compound && text.find("\xEF\xB7\x90") == std::string_view::npos) {
        const auto after = jobs::Json::parse_strict(repaired->text);
        require(after && jobs::json_of(after->root()) == jobs::json_of(strict->root()));
    }
    return 0;
}
