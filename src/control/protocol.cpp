#include "control/protocol.hpp"

#include "json/json_limits.hpp"

#include <array>
#include <utility>

namespace nightshift::control {
namespace {

constexpr int schema = 1;

constexpr std::array<std::pair<Trouble, const char*>, 4> trouble_words = {{
    {Trouble::request, "request"},
    {Trouble::ending, "ending"},
    {Trouble::busy, "busy"},
    {Trouble::storage, "storage"},
}};

std::optional<Json> object_of(std::string_view line) {
    if (!is_within_json_bounds(line)) return std::nullopt;
    auto json = Json::parse(line, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    return json;
}

std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Answer Answer::refused(Trouble trouble, std::string error) {
    Answer answer;
    answer.trouble = trouble;
    answer.error = std::move(error);
    return answer;
}

ReadRequest read_request(std::string_view line) {
    auto json = object_of(line);
    if (!json) return {std::nullopt, "a request is one JSON object a line"};
    const auto version = json->find("schema");
    if (version != json->end() && *version != schema) {
        return {std::nullopt, "this process speaks schema 1 of the control protocol only"};
    }
    const auto command = json->find("command");
    if (command == json->end() || !command->is_string()) {
        return {std::nullopt, "a request names its \"command\""};
    }
    Request request;
    request.command = command->get<std::string>();
    json->erase("command");
    json->erase("schema");
    request.arguments = std::move(*json);
    return {std::move(request), ""};
}

std::string line_of(const Request& request) {
    auto json = request.arguments;
    json["schema"] = schema;
    json["command"] = request.command;
    return text_of(json);
}

std::optional<Answer> read_answer(std::string_view line) {
    auto json = object_of(line);
    if (!json) return std::nullopt;
    const auto ok = json->find("ok");
    if (ok == json->end() || !ok->is_boolean()) return std::nullopt;
    Answer answer;
    if (ok->get<bool>()) {
        json->erase("ok");
        json->erase("schema");
        answer.result = std::move(*json);
        return answer;
    }
    const auto error = json->find("error"), trouble = json->find("trouble");
    if (error == json->end() || !error->is_string()) return std::nullopt;
    answer.error = error->get<std::string>();
    answer.trouble = Trouble::request;
    for (const auto& [each, word] : trouble_words) {
        if (trouble != json->end() && *trouble == word) answer.trouble = each;
    }
    return answer;
}

std::string line_of(const Answer& answer) {
    auto json = answer.result;
    json["schema"] = schema;
    json["ok"] = answer.trouble == Trouble::none;
    for (const auto& [each, word] : trouble_words) {
        if (answer.trouble == each) json["trouble"] = word;
    }
    if (answer.trouble != Trouble::none) json["error"] = answer.error;
    return text_of(json);
}

std::optional<std::string> LineBuffer::next() {
    const auto end = bytes_.find('\n');
    if (end == std::string::npos || end > most_) return std::nullopt;
    auto line = bytes_.substr(0, end);
    bytes_.erase(0, end + 1);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
}

bool LineBuffer::overflowed() const {
    return bytes_.size() > most_ && bytes_.find('\n') > most_;
}

}  // namespace nightshift::control
