#include "progress/advice.hpp"

#include "base/failure.hpp"
#include "base/text/shell_word.hpp"
#include "base/text/terminal_text.hpp"

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

bool is_kind(const TroubleGroup& trouble, Kind kind) {
    return trouble.error_kind == name_of(kind);
}

}  // namespace

bool retry_helps(const TroubleGroup& trouble) {
    const auto known = kind_named(trouble.error_kind);
    return !known || (is_retryable(*known) && *known != Kind::model_unavailable);
}

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
    if (!retry_helps(trouble)) {
        return program("show") + " " + shell_word(trouble.id);
    }
    return program("retry") + " --kind " + shell_word(trouble.error_kind) + " --model " +
           shell_word(trouble.model);
}

std::string remark_on(const TroubleGroup& trouble) {
    if (trouble.state == State::held) return "may be paid twice";
    if (is_kind(trouble, Kind::content_rejected)) {
        return "refused for its content: change its line, then run the manifest with --on-change "
               "replace";
    }
    if (is_kind(trouble, Kind::model_unavailable)) {
        return "the gateway does not offer it (`nightshift models` lists what it does): change its "
               "lines and run them with --on-change replace, or retry once it is listed";
    }
    if (!retry_helps(trouble)) {
        return "fix its line, then run the manifest with --on-change replace";
    }
    return "";
}

}  // namespace nightshift::screen
