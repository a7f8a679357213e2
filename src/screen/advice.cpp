#include "screen/advice.hpp"

#include "core/failure.hpp"
#include "core/shell_word.hpp"
#include "core/term_safe.hpp"

#include <nlohmann/json.hpp>

namespace nightshift::screen {
namespace {

std::string error_field(const TroubleGroup& trouble, const char* name) {
    const auto line = nlohmann::json::parse(trouble.ledger_line, nullptr, false);
    if (!line.is_object()) return "";
    const auto error = line.find("error");
    if (error == line.end() || !error->is_object()) return "";
    const auto field = error->find(name);
    return field != error->end() && field->is_string() ? field->get<std::string>() : "";
}

// The line itself is at fault: sent again as it is, it fails again.
bool wants_another_line(std::string_view kind) {
    const auto known = kind_named(kind);
    return known && *known != Kind::model_unavailable && !is_retryable(*known);
}

}  // namespace

std::string kind_text(const TroubleGroup& trouble) {
    const auto code = term_safe(error_field(trouble, "code"), 60);
    return term_safe(trouble.error_kind, 60) + (code.empty() ? "" : " (" + code + ")");
}

std::string message_of(const TroubleGroup& trouble, std::size_t most_bytes) {
    return term_safe(error_field(trouble, "message"), most_bytes);
}

std::string command_for(const TroubleGroup& trouble, const std::string& dir) {
    const auto program = [&](const char* verb) {
        return std::string("nightshift ") + verb + " " + shell_word(dir);
    };
    if (trouble.state == State::held) {
        return program("retry") + " --held --model " + shell_word(trouble.model);
    }
    if (wants_another_line(trouble.error_kind)) {
        return program("show") + " " + shell_word(trouble.id);
    }
    return program("retry") + " --kind " + shell_word(trouble.error_kind) + " --model " +
           shell_word(trouble.model);
}

std::string remark_on(const TroubleGroup& trouble) {
    if (trouble.state == State::held) return "may be paid twice";
    if (wants_another_line(trouble.error_kind)) {
        return "mend its line, then run the manifest with --on-change replace";
    }
    if (trouble.error_kind == name_of(Kind::model_unavailable)) {
        return "once `nightshift models` lists it";
    }
    return "";
}

}  // namespace nightshift::screen
