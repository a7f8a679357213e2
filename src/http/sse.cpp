#include "http/sse.hpp"

#include "json/json_repair.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace nightshift::http {
namespace {

constexpr std::size_t field_bytes_max = 64;  // with its indent and its colon

// Removes and returns the first line. CR, LF and CR LF all end one.
std::string_view take_line(std::string_view& body) {
    const auto end = body.find_first_of("\r\n");
    const auto line = body.substr(0, end);
    if (end == std::string_view::npos) {
        body = {};
        return line;
    }
    const bool pair = body[end] == '\r' && end + 1 < body.size() && body[end + 1] == '\n';
    body.remove_prefix(end + (pair ? 2 : 1));
    return line;
}

std::string_view without_indent(std::string_view line) {
    return line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
}

// The name before the colon, in small letters.
std::string field_of(std::string_view line) {
    std::string field(without_indent(line.substr(0, line.find(':'))));
    while (!field.empty() && (field.back() == ' ' || field.back() == '\t')) field.pop_back();
    std::transform(field.begin(), field.end(), field.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return field;
}

// Says whether JSON that comes line by line has closed all that it opened. Other texts always have.
class Nesting {
public:
    bool is_closed(std::string_view data) {
        const auto start = without_indent(data);
        if (!start.starts_with('{') && !start.starts_with('[')) return true;
        for (; seen_ < data.size(); ++seen_) take(data[seen_]);
        return depth_ <= 0 && !in_string_;
    }

private:
    void take(char c) {
        if (in_string_) {
            if (!std::exchange(is_escaped_, c == '\\' && !is_escaped_)) in_string_ = c != '"';
        } else if (c == '"') {
            in_string_ = true;
        } else if (c == '{' || c == '[') {
            ++depth_;
        } else if (c == '}' || c == ']') {
            --depth_;
        }
    }

    std::size_t seen_ = 0;
    long depth_ = 0;
    bool in_string_ = false, is_escaped_ = false;
};

class Frames {
public:
    explicit Frames(std::string_view body) : body_(body) {}
    std::vector<Event> read();

private:
    void take(std::string_view line);
    bool take_bare(std::string_view from_line);
    void end_frame();

    std::string_view body_;
    std::vector<Event> events_;
    Event event_;
    Nesting nesting_;
    bool has_data_ = false;
    bool seeks_bare_ = true;
};

std::vector<Event> Frames::read() {
    while (!body_.empty()) {
        const auto from_line = body_;
        const auto line = take_line(body_);
        if (line.empty()) {
            end_frame();
        } else if (!take_bare(without_indent(from_line))) {
            take(line);
        }
    }
    end_frame();
    return std::move(events_);
}

void Frames::end_frame() {
    if (has_data_) events_.push_back(std::move(event_));
    event_ = {};
    nesting_ = {};
    has_data_ = false;
}

void Frames::take(std::string_view line) {
    const auto field = field_of(line);
    const auto colon = line.find(':');
    auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    const bool begins = field == "data" || field == "event";
    if (begins && has_data_ && nesting_.is_closed(event_.data)) end_frame();
    if (field == "event") event_.name = value;
    if (field != "data") return;
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
}

// The JSON value that begins here, over as many lines as it has. Of one that does not end the line
// is taken, and the next ones are not tried: each try may look at the whole rest.
bool Frames::take_bare(std::string_view from_line) {
    if (!from_line.starts_with('{')) return false;
    end_frame();
    const auto json = seeks_bare_ ? repair_json(from_line) : std::nullopt;
    seeks_bare_ = json.has_value();
    auto data = from_line.substr(0, from_line.find_first_of("\r\n"));
    if (json) {
        data = from_line.substr(0, json->consumed);
        body_ = from_line.substr(json->consumed);
    }
    events_.push_back({.name = {}, .data = std::string(data), .bare = true});
    return true;
}

}  // namespace

std::vector<Event> events_of(std::string_view body) {
    if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
    return Frames(body).read();
}

bool begins_with_event_field(std::string_view line) {
    constexpr std::array<std::string_view, 4> fields = {"data", "event", "id", "retry"};
    line = line.substr(0, field_bytes_max);  // of what may be a body of megabytes
    line = line.substr(0, line.find_first_of("\r\n"));
    if (line.find(':') == std::string_view::npos) return false;
    return std::find(fields.begin(), fields.end(), field_of(line)) != fields.end();
}

}  // namespace nightshift::http
