#include "stages/splice.hpp"

#include "base/bounds.hpp"
#include "json/json_scan.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace nightshift::stages {
namespace {

using recipe::Found;
using recipe::Placeholder;
using recipe::Template;
using recipe::Value;

Found value_of(const Placeholder& placeholder, const LookUp& look_up, bool null_is_fine) {
    Found found = look_up(placeholder);
    const bool is_null = found.state == Found::State::there && found.value.is_null();
    found = recipe::filtered(std::move(found), placeholder.filters, null_is_fine);
    if (found.state == Found::State::absent) found.state = Found::State::bad;
    if (found.state == Found::State::bad) {
        const auto& path = placeholder.path;
        if (is_null) found.why = recipe::joined_path(path, path.size() > 1 ? 1 : 0) + " is null";
        found.why = fmt::format("{}: {}", placeholder.name(), found.why);
    }
    return found;
}

Found fill_with(const Template& text, const LookUp& look_up, std::size_t bytes_max,
                bool null_is_fine) {
    if (text.is_lone()) return value_of(*text.parts[0].placeholder, look_up, null_is_fine);
    std::string out;
    for (const auto& part : text.parts) {
        out += part.literal;
        if (part.placeholder) {
            Found found = value_of(*part.placeholder, look_up, false);
            if (found.state == Found::State::bad) return found;
            if (found.state == Found::State::there) out += recipe::plain_of(found.value);
        }
        if (out.size() > bytes_max) break;
    }
    return Found::of(Value::of_text(std::move(out)));
}

// A request stands in a stage text, metadata in a ledger line: deeper by that.
constexpr std::size_t depth_max = static_cast<std::size_t>(limits::json_depth) + 2;

// Walks the tokens of a document. Open brackets are kept in a list, so that nothing recurses.
class Walk {
public:
    Walk(std::string_view json, bool with_pointers) : json_(json), with_pointers_(with_pointers) {}

    bool run(const std::function<bool(const TextToken&)>& on_text) {
        while (true) {
            at_ = skip_space(json_, at_);
            if (at_ >= json_.size()) return done_ && open_.empty();
            const char c = json_[at_];
            if (c == '}' || c == ']') {
                if (!closes(c)) return false;
            } else if (c == ',') {
                if (open_.empty() || !done_) return false;
                next_member();
            } else if (done_) {
                return false;  // two values without a comma
            } else if (!open_.empty() && open_.back().is_object && !open_.back().has_key) {
                if (!key()) return false;
            } else if (c == '{' || c == '[') {
                if (open_.size() >= depth_max) return false;
                begin_member();
                open_.push_back({c == '{', false, at_, {}, 0});
                empty_ = true;
                ++at_;
            } else if (!value(on_text)) {
                return ended_;
            }
        }
    }

private:
    struct Open {
        bool is_object = false;
        bool has_key = false;  // of the member that is being read
        std::size_t member = 0;
        std::string_view key;
        std::size_t index = 0;
    };

    // An element begins with its value, a member with its key.
    void begin_member() {
        if (!open_.empty() && !open_.back().is_object) open_.back().member = at_;
        empty_ = false;
    }

    void next_member() {
        Open& top = open_.back();
        top.has_key = false;
        ++top.index;
        done_ = false;
        ++at_;
    }

    bool closes(char c) {
        if (open_.empty() || open_.back().is_object != (c == '}')) return false;
        if (!done_ && !empty_) return false;
        open_.pop_back();
        done_ = true;
        empty_ = false;
        ++at_;
        return true;
    }

    bool key() {
        if (json_[at_] != '"') return false;
        Open& top = open_.back();
        const std::size_t end = skip_value(json_, at_);
        if (!is_closed(end)) return false;
        top.member = at_;
        top.key = json_.substr(at_ + 1, end - at_ - 2);
        top.has_key = true;
        empty_ = false;
        at_ = skip_space(json_, end);
        if (at_ >= json_.size() || json_[at_] != ':') return false;
        ++at_;
        return true;
    }

    // A string, or anything else without brackets.
    bool value(const std::function<bool(const TextToken&)>& on_text) {
        begin_member();
        const std::size_t end = skip_value(json_, at_);
        if (end == at_) return false;
        if (json_[at_] != '"' && !is_scalar(json_.substr(at_, end - at_))) return false;
        if (json_[at_] == '"') {
            if (!is_closed(end)) return false;
            const TextToken token{at_, end, open_.empty() ? at_ : open_.back().member,
                                  with_pointers_ ? pointer() : std::string()};
            ended_ = !on_text(token);
            if (ended_) return false;
        }
        at_ = end;
        done_ = true;
        return true;
    }

    // Nothing that other readers would take for the beginning of a string or list.
    static bool is_scalar(std::string_view text) {
        return text.find_first_not_of(
                   "+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
               std::string_view::npos;
    }

    bool is_closed(std::size_t end) const { return end - at_ >= 2 && json_[end - 1] == '"'; }

    std::string pointer() const {
        std::string all;
        for (const auto& each : open_) {
            all += '/';
            all += each.is_object ? pointer_token(unescaped_json(each.key))
                                  : std::to_string(each.index);
        }
        return all;
    }

    std::string_view json_;
    bool with_pointers_;
    std::size_t at_ = 0;
    std::vector<Open> open_;
    bool done_ = false;   // a value has just ended
    bool empty_ = false;  // a bracket has just opened
    bool ended_ = false;  // on_text has had enough
};

void cut_comma(std::string& out) {
    const std::size_t last = out.find_last_not_of(" \t\r\n");
    if (last != std::string::npos && out[last] == ',') out.resize(last);
}

}  // namespace

Found fill_template(const Template& text, const LookUp& look_up, std::size_t bytes_max) {
    return fill_with(text, look_up, bytes_max, false);
}

Found fill_condition(const Template& text, const LookUp& look_up, std::size_t bytes_max) {
    return fill_with(text, look_up, bytes_max, true);
}

bool for_each_text(std::string_view json, bool with_pointers,
                   const std::function<bool(const TextToken&)>& on_text) {
    return Walk(json, with_pointers).run(on_text);
}

bool is_sound(std::string_view json) {
    return Walk(json, false).run([](const TextToken&) { return true; });
}

std::string template_in(std::string_view json, const TextToken& token) {
    const auto inside = json.substr(token.begin + 1, token.end - token.begin - 2);
    const bool may_hold = inside.find("{{") != std::string_view::npos ||
                          inside.find("\\u007") != std::string_view::npos;
    if (!may_hold) return {};
    std::string text = unescaped_json(inside);
    if (text.find("{{") == std::string::npos) return {};
    return text;
}

Spliced splice(std::string_view json, const LookUp& look_up, std::size_t bytes_max) {
    Spliced spliced;
    std::string& out = spliced.json;
    std::size_t copied = 0;
    const auto fail = [&spliced](Spliced::Error error, std::string why) {
        spliced.error = error;
        spliced.why = std::move(why);
        return false;
    };
    const auto on_text = [&](const TextToken& token) {
        const std::string text = template_in(json, token);
        if (text.empty()) return true;
        std::string error;
        const auto parsed = recipe::parse_template(text, error);
        if (!parsed) return fail(Spliced::Error::value, std::move(error));
        const Found found = fill_template(*parsed, look_up, bytes_max);
        if (found.state == Found::State::bad) return fail(Spliced::Error::value, found.why);
        if (found.state == Found::State::there) {
            out += json.substr(copied, token.begin - copied);
            recipe::append_json(out, found.value);
            copied = token.end;
        } else {
            out += json.substr(copied, token.member - copied);
            const std::size_t next = skip_space(json, token.end);
            const bool is_last = next >= json.size() || json[next] != ',';
            if (is_last) cut_comma(out);
            copied = is_last ? token.end : next + 1;
        }
        if (out.size() <= bytes_max) return true;
        return fail(Spliced::Error::too_long,
                    fmt::format("it is longer than {} MiB", bytes_max >> 20));
    };
    const std::size_t first = skip_space(json, 0);
    const bool has_brackets = first < json.size() && (json[first] == '{' || json[first] == '[');
    const bool good = has_brackets && for_each_text(json, false, on_text);
    if (spliced.error != Spliced::Error::none) return spliced;
    if (!good) {
        fail(Spliced::Error::damaged, "the text of the request is damaged");
        return spliced;
    }
    out += json.substr(copied);
    if (out.size() > bytes_max) {
        fail(Spliced::Error::too_long, fmt::format("it is longer than {} MiB", bytes_max >> 20));
    }
    return spliced;
}

}  // namespace nightshift::stages
