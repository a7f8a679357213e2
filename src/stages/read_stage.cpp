#include "stages/read_stage.hpp"

#include "base/bounds.hpp"
#include "base/text/did_you_mean.hpp"
#include "json/json_scan.hpp"
#include "stages/names.hpp"
#include "stages/splice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace nightshift::stages {
namespace {

using recipe::Template;
using recipe::Value;

std::string member_of(const std::string& at, std::string_view name) {
    return at + '/' + pointer_token(name);
}

class Reader {
public:
    Reader(StageLine& line, std::vector<StageProblem>& problems)
        : line_(line), problems_(problems) {}

    void after(const Value& value) {
        if (!object("/after", value, R"(write such as {"story": "b7-story"})")) return;
        for (std::size_t i = 0; i < value.names.size(); ++i) {
            const auto at = member_of("/after", value.names[i]);
            if (!new_alias(at, value.names[i])) continue;
            Need made;
            made.alias = value.names[i];
            if (need(at, value.items[i], made)) line_.needs.push_back(std::move(made));
        }
    }

    void each(const Value& value) {
        static constexpr std::string_view form =
            R"(write such as {"scene": {"of": "{{story.json.scenes}}", "n": 1, "most": 6}})";
        if (!object("/each", value, form)) return;
        for (std::size_t i = 0; i < value.names.size(); ++i) {
            const auto at = member_of("/each", value.names[i]);
            const Value& given = value.items[i];
            if (!new_alias(at, value.names[i]) || !object(at, given, form)) continue;
            Slot slot;
            slot.name = value.names[i];
            const Value* of = given.member("of");
            bool good = known_keys(at, given, {"of", "n", "most"});
            good = integer(at, given, "most", 1, limits::recipe_slots, slot.most, true) && good;
            good = integer(at, given, "n", 1, limits::recipe_slots, slot.n, true) && good;
            if (of == nullptr) good = complain(at, "\"of\" is missing", std::string(form));
            const auto parsed = of == nullptr ? std::nullopt : read_template(at + "/of", *of);
            if (!good || !parsed) continue;
            slot.of = *parsed;
            if (slot.n > slot.most) {
                complain(at + "/n", fmt::format("n is {}, more than most = {}", slot.n, slot.most));
            } else if (!slot.of.is_lone()) {
                complain(at + "/of", "\"of\" must be one placeholder, which is a list",
                         "write such as \"{{story.json.scenes}}\"");
            } else {
                line_.each.push_back(std::move(slot));
            }
        }
    }

    void files(const Value& value) {
        if (!object("/files", value, R"(write such as {"photo": "photos/a1.jpg"})")) return;
        for (std::size_t i = 0; i < value.names.size(); ++i) {
            const auto at = member_of("/files", value.names[i]);
            const Value& path = value.items[i];
            if (!new_alias(at, value.names[i])) continue;
            if (!path.is_text() || path.text.empty()) {
                complain(at, fmt::format("the path of a file must be a text, not {}",
                                         path.is_text() ? "an empty one" : type_in_words(path)));
            } else if (path.text.find('\0') != std::string::npos) {
                complain(at, "the path of a file holds a NUL character", "remove \\u0000");
            } else {
                line_.files.push_back({value.names[i], path.text});
            }
        }
    }

    void when(const Value& value) {
        if (!value.is_list()) {
            complain(
                "/when",
                fmt::format("\"when\" must be a list of conditions, not {}", type_in_words(value)),
                R"(write such as [{"value": "{{look.json.good}}", "is": true}])");
            return;
        }
        for (std::size_t i = 0; i < value.items.size(); ++i) {
            std::string error;
            auto condition = recipe::parse_condition(value.items[i], error);
            const auto at = fmt::format("/when/{}", i);
            if (!condition) {
                complain(at, "when: " + error);
            } else {
                line_.when.push_back(std::move(*condition));
            }
        }
    }

    void on_failed(const Value& value) {
        if (value.is_text() && value.text == "cancel") return;
        if (value.is_text() && (value.text == "skip" || value.text == "run")) {
            line_.on_failed = value.text == "skip" ? OnFailed::skip : OnFailed::run;
            return;
        }
        complain("/on_failed", "\"on_failed\" must be \"cancel\", \"skip\" or \"run\"");
    }

    // Of everything that was read.
    void placeholders() {
        for (const auto& need : line_.needs) {
            const auto at = member_of("/after", need.alias);
            if (need.text) judge(at + "/text", *need.text, &need);
            if (need.value) judge(at + '/' + std::string(value_key(need)), *need.value, &need);
            find_circle(at, need);
        }
        for (const auto& slot : line_.each) {
            judge(member_of("/each", slot.name) + "/of", slot.of, nullptr);
            for (const auto& name : names_in(slot.of)) {
                const auto alias = alias_of(line_, name);
                if (!alias || alias->kind != Alias::Kind::slot) continue;
                complain(member_of("/each", slot.name) + "/of",
                         fmt::format("{{{{{}}}}} is an element itself", name),
                         "a list comes from a result");
            }
        }
        for (std::size_t i = 0; i < line_.when.size(); ++i) {
            judge(fmt::format("/when/{}/value", i), line_.when[i].value, nullptr);
        }
    }

private:
    bool complain(std::string at, std::string what, std::string what_to_do = {}) {
        problems_.push_back({std::move(at), std::move(what), std::move(what_to_do)});
        return false;
    }

    bool object(const std::string& at, const Value& value, std::string_view form) {
        if (value.is_object()) return true;
        const auto name = at.substr(at.rfind('/') + 1);
        return complain(at,
                        fmt::format("\"{}\" must be an object, not {}", name, type_in_words(value)),
                        std::string(form));
    }

    bool new_alias(const std::string& at, const std::string& name) {
        if (name.empty()) return complain(at, "an alias is empty");
        if (aliases_.insert(name).second) return true;
        return complain(at, fmt::format("the alias \"{}\" is used twice", name), "rename one");
    }

    bool known_keys(const std::string& at, const Value& value,
                    const std::vector<std::string>& keys) {
        bool good = true;
        for (const auto& name : value.names) {
            if (std::find(keys.begin(), keys.end(), name) != keys.end()) continue;
            const std::string* near = nearest_of(name, keys);
            good = complain(member_of(at, name), fmt::format("unknown key \"{}\"", name),
                            near != nullptr ? fmt::format("did you mean \"{}\"?", *near)
                                            : fmt::format("keys: {}", fmt::join(keys, ", ")));
        }
        return good;
    }

    bool integer(const std::string& at, const Value& value, const std::string& key,
                 std::int64_t least, std::int64_t most, std::int64_t& number, bool needed) {
        const Value* given = value.member(key);
        if (given == nullptr && !needed) return true;
        if (given != nullptr && given->is_number()) {
            const auto* const end = given->text.data() + given->text.size();
            const auto [rest, error] = std::from_chars(given->text.data(), end, number);
            if (error == std::errc() && rest == end && number >= least && number <= most) {
                return true;
            }
        }
        return complain(given == nullptr ? at : member_of(at, key),
                        fmt::format("\"{}\" must be an integer from {} to {}", key, least, most));
    }

    // A text, or an integer as manifests may have it.
    bool one_id(const std::string& at, const Value& value, std::string& id) {
        const bool is_integer =
            value.is_number() &&
            value.text.find_first_not_of("0123456789", value.text[0] == '-' ? 1 : 0) ==
                std::string::npos;
        if ((value.is_text() && !value.text.empty()) || is_integer) {
            id = value.text;
            return true;
        }
        return complain(at, fmt::format("an id must be a text, not {}",
                                        value.is_text() ? "an empty one" : type_in_words(value)));
    }

    bool id_list(const std::string& at, const Value* value, std::vector<std::string>& ids) {
        if (value == nullptr || !value->is_list()) {
            return complain(at, fmt::format("it must be a list of ids, not {}",
                                            value == nullptr ? "nothing" : type_in_words(*value)));
        }
        if (value->items.size() > limits::recipe_needs) {
            return complain(
                at, fmt::format("{} ids, more than {}", value->items.size(), limits::recipe_needs));
        }
        for (std::size_t i = 0; i < value->items.size(); ++i) {
            std::string id;
            if (!one_id(fmt::format("{}/{}", at, i), value->items[i], id)) return false;
            ids.push_back(std::move(id));
        }
        return true;
    }

    std::optional<Template> read_template(const std::string& at, const Value& value) {
        std::string error;
        if (!value.is_text()) {
            complain(at, fmt::format("it must be a text, not {}", type_in_words(value)));
            return std::nullopt;
        }
        if (value.text.size() > limits::recipe_template_bytes) {
            complain(at, "a template is longer than 1 MiB", "put it into a file of `files`");
            return std::nullopt;
        }
        auto parsed = recipe::parse_template(value.text, error);
        if (!parsed) complain(at, error);
        return parsed;
    }

    bool need(const std::string& at, const Value& value, Need& made) {
        if (value.is_list()) {
            made.kind = Need::Kind::list;
            return id_list(at, &value, made.ids);
        }
        if (!value.is_object()) {
            made.ids.emplace_back();
            return one_id(at, value, made.ids[0]);
        }
        const int kinds = (value.member("all") != nullptr) + (value.member("pick") != nullptr) +
                          (value.member("first") != nullptr);
        if (kinds != 1) {
            return complain(at, "it must have one of \"all\", \"pick\" and \"first\"",
                            R"(or be an id, or a list of ids)");
        }
        if (value.member("all") != nullptr) return all(at, value, made);
        if (value.member("pick") != nullptr) return pick(at, value, made);
        made.kind = Need::Kind::first;
        return known_keys(at, value, {"first"}) &&
               id_list(at + "/first", value.member("first"), made.ids);
    }

    bool all(const std::string& at, const Value& value, Need& made) {
        made.kind = Need::Kind::all;
        bool good = known_keys(at, value, {"all", "as", "text", "join", "least"});
        good = id_list(at + "/all", value.member("all"), made.ids) && good;
        good = optional_text(at, value, "as", made.as) && good;
        good = optional_text(at, value, "join", made.join) && good;
        if (const Value* text = value.member("text")) {
            made.text = read_template(at + "/text", *text);
            if (!made.text) return false;
        } else if (value.member("join") != nullptr) {
            return complain(at + "/join", "\"join\" goes with \"text\"",
                            "add \"text\", or use | join(...)");
        }
        return least(at, value, made) && good;
    }

    bool pick(const std::string& at, const Value& value, Need& made) {
        bool good = known_keys(at, value, {"pick", "number", "highest", "lowest", "of", "least"});
        good = id_list(at + "/pick", value.member("pick"), made.ids) && good;
        int given = 0;
        for (const auto kind : {Need::Kind::number, Need::Kind::highest, Need::Kind::lowest}) {
            Need look;
            look.kind = kind;
            const std::string key(value_key(look));
            const Value* text = value.member(key);
            if (text == nullptr) continue;
            ++given;
            made.kind = kind;
            made.value = read_template(at + '/' + key, *text);
            if (!made.value) return false;
        }
        if (given != 1) {
            return complain(at, "a pick must have one of \"number\", \"highest\" and \"lowest\"");
        }
        if (const Value* of = value.member("of")) good = scores(at + "/of", *of, made) && good;
        return least(at, value, made) && good;
    }

    bool scores(const std::string& at, const Value& of, Need& made) {
        if (!object(at, of, R"(write such as {"score": ["id", ...]})")) return false;
        for (std::size_t i = 0; i < of.names.size(); ++i) {
            std::vector<std::string> ids;
            const auto place = member_of(at, of.names[i]);
            if (!id_list(place, &of.items[i], ids)) return false;
            if (ids.size() != made.ids.size()) {
                return complain(
                    place, fmt::format("{} ids for {} candidates", ids.size(), made.ids.size()),
                    "name one for each, in the same order");
            }
            made.of.emplace_back(of.names[i], std::move(ids));
        }
        return true;
    }

    bool least(const std::string& at, const Value& value, Need& made) {
        std::int64_t number = 0;
        if (value.member("least") == nullptr) return true;
        constexpr auto most = static_cast<std::int64_t>(limits::recipe_needs);
        if (!integer(at, value, "least", 0, most, number, true)) return false;
        made.least = number;
        return true;
    }

    bool optional_text(const std::string& at, const Value& value, const std::string& key,
                       std::string& text) {
        const Value* given = value.member(key);
        if (given == nullptr) return true;
        if (!given->is_text()) {
            return complain(at + '/' + key, fmt::format("\"{}\" must be a text, not {}", key,
                                                        type_in_words(*given)));
        }
        text = given->text;
        return true;
    }

    void judge(const std::string& at, const Template& text, const Need* inside) {
        for (const auto& part : text.parts) {
            if (!part.placeholder) continue;
            auto slip = slip_in(line_, *part.placeholder, inside);
            if (!slip && reads_file(*part.placeholder, inside)) {
                slip = {part.placeholder->name() + ": files are not read for a decision",
                        "use a value of the ledger, such as width"};
            }
            if (slip) complain(at, std::move(slip->what), std::move(slip->what_to_do));
        }
    }

    // It is about the bytes of a file, where a decision is made.
    bool reads_file(const recipe::Placeholder& placeholder, const Need* inside) const {
        if (inside != nullptr && inside->text) return false;
        const auto& path = placeholder.path;
        const auto alias = alias_of(line_, path[0]);
        if (path.size() < 2 || (alias && alias->kind == Alias::Kind::slot)) return false;
        if (alias && alias->kind == Alias::Kind::file) return path[1] != "path";
        return path[1] == "base64" || path[1] == "data_url" || path[1] == "url";
    }

    // A pick that is decided by itself, over others.
    void find_circle(const std::string& at, const Need& start) {
        std::set<std::string> seen;
        std::vector<const Need*> open = {&start};
        while (!open.empty()) {
            const Need* need = open.back();
            open.pop_back();
            if (!need->value) continue;
            for (const auto& name : names_in(*need->value)) {
                const auto scored = [&name](const auto& of) { return of.first == name; };
                if (std::any_of(need->of.begin(), need->of.end(), scored)) continue;
                if (name == start.alias) {
                    complain(at, fmt::format("\"{}\" is decided by itself", name));
                    return;
                }
                const auto alias = alias_of(line_, name);
                if (!alias || alias->kind != Alias::Kind::need) continue;
                if (seen.insert(name).second) open.push_back(&line_.needs[alias->index]);
            }
        }
    }

    StageLine& line_;
    std::vector<StageProblem>& problems_;
    std::set<std::string> aliases_;
};

// The value of a field; nothing when it is not there.
std::optional<Value> value_in(std::string_view json, const char* at,
                              std::vector<StageProblem>& problems) {
    if (json.empty() || json == "null") return std::nullopt;
    std::string error;
    auto value = recipe::parse_json(json, &error);
    if (!value) problems.push_back({at, error, {}});
    return value;
}

}  // namespace

void read_stage(const StageFields& fields, StageLine& line, std::vector<StageProblem>& problems) {
    Reader reader(line, problems);
    const std::size_t before = problems.size();
    if (const auto value = value_in(fields.after, "/after", problems)) reader.after(*value);
    if (const auto value = value_in(fields.each, "/each", problems)) reader.each(*value);
    if (const auto value = value_in(fields.files, "/files", problems)) reader.files(*value);
    if (const auto value = value_in(fields.when, "/when", problems)) reader.when(*value);
    if (const auto value = value_in(fields.on_failed, "/on_failed", problems)) {
        reader.on_failed(*value);
    }
    if (problems.size() == before) reader.placeholders();
}

namespace {

// Links lead nowhere as long as nothing is published.
std::optional<Slip> publishing_slip(const StageLine& line, const recipe::Placeholder& placeholder) {
    if (!wants_publishing(line, placeholder)) return std::nullopt;
    const auto& name = placeholder.path[0];
    const bool is_file = alias_of(line, name)->kind == Alias::Kind::file;
    return Slip{placeholder.name() + ": links need [publish], which this version does not have",
                is_file ? "put a public link into the line"
                        : fmt::format("{{{{{}.link}}}} is the gateway's own link to a video, while "
                                      "it lives",
                                      name)};
}

std::int64_t results_of(const StageLine& line, const recipe::Placeholder& placeholder) {
    const auto alias = alias_of(line, placeholder.path[0]);
    if (!alias) return 0;
    if (alias->kind != Alias::Kind::need || !line.needs[alias->index].is_list()) return 1;
    return static_cast<std::int64_t>(line.needs[alias->index].ids.size());
}

}  // namespace

TemplateUse read_templates(const StageLine& line, std::string_view request, const std::string& at,
                           bool may_publish, std::vector<StageProblem>& problems) {
    TemplateUse use;
    const auto tell = [&problems](const std::string& pointer, Slip slip) {
        problems.push_back({pointer, std::move(slip.what), std::move(slip.what_to_do)});
    };
    const auto judge = [&](const std::string& pointer, const recipe::Template& text) {
        for (const auto& part : text.parts) {
            if (!part.placeholder) continue;
            if (use.pointers.empty() || use.pointers.back() != pointer) {
                use.pointers.push_back(pointer);
            }
            use.late += results_of(line, *part.placeholder);
            auto slip = slip_in(line, *part.placeholder, nullptr);
            if (!slip && !may_publish) slip = publishing_slip(line, *part.placeholder);
            if (slip) tell(pointer, std::move(*slip));
        }
    };
    for_each_text(request, true, [&](const TextToken& token) {
        const std::string text = template_in(request, token);
        if (text.empty()) return true;
        const std::string pointer = at + token.pointer;
        if (text.size() > limits::recipe_template_bytes) {
            tell(pointer, {"a template is longer than 1 MiB", "put it into a file of `files`"});
            return true;
        }
        std::string error;
        const auto parsed = recipe::parse_template(text, error);
        if (!parsed) tell(pointer, {error, {}});
        if (parsed) judge(pointer, *parsed);
        return true;
    });
    return use;
}

}  // namespace nightshift::stages
