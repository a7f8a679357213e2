#include "recipe/plan/binder.hpp"

#include "base/bounds.hpp"
#include "base/text/did_you_mean.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nightshift::recipe {
namespace {

using Kind = Reference::Kind;

const std::vector<std::string>& views() {
    static const std::vector<std::string> all = {
        "text",   "reasoning", "finish_reason", "model", "usage",  "flags",  "metadata",
        "json",   "path",      "media_type",    "bytes", "width",  "height", "duration_s",
        "base64", "data_url",  "url",           "link",  "outputs"};
    return all;
}

const std::vector<std::string>& file_views() {
    static const std::vector<std::string> all = {"data_url", "base64", "media_type", "text",
                                                 "path",     "bytes",  "url"};
    return all;
}

template <class List>
std::optional<std::size_t> index_of(const List& list, const std::string& name) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i].name == name) return i;
    }
    return std::nullopt;
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string nearest_words(const std::string& word, const std::vector<std::string>& words) {
    const std::string* near = nearest_of(word, words);
    return near == nullptr ? "" : fmt::format("did you mean '{}'?", *near);
}

// The part of a JSON schema that says what a member or element is; nullptr when it does not.
const Value* schema_below(const Value& schema, const std::string& segment) {
    if (const Value* properties = schema.member("properties")) {
        const Value* below = properties->member(segment);
        if (below != nullptr) return below;
    }
    const Value* items = schema.member("items");
    return items != nullptr && items->is_object() ? items : nullptr;
}

bool requires_member(const Value& schema, const std::string& name) {
    const Value* required = schema.member("required");
    if (required == nullptr || !required->is_list()) return false;
    return std::any_of(required->items.begin(), required->items.end(),
                       [&name](const Value& each) { return each.text == name; });
}

const Value* expect_of(const TaskSpec& task) {
    for (const auto& field : task.around) {
        if (field.name == "expect") return &field.value;
    }
    return nullptr;
}

}  // namespace

Binder::Binder(const Recipe& recipe, const std::optional<std::vector<std::string>>& columns,
               Plan& plan, std::vector<Problem>& problems)
    : recipe_(recipe), columns_(columns), plan_(plan), problems_(problems) {}

void Binder::complain(const Scope& scope, std::string what, std::string what_to_do) {
    problems_.push_back({false, recipe_.file, scope.place.line, scope.place.column,
                         scope.where.empty() ? std::move(what) : scope.where + ": " + what,
                         std::move(what_to_do)});
}

void Binder::warn(const Scope& scope, std::string what, std::string what_to_do) {
    if (!warned_.insert(scope.where + what).second) return;
    problems_.push_back({true, recipe_.file, scope.place.line, scope.place.column,
                         scope.where.empty() ? std::move(what) : scope.where + ": " + what,
                         std::move(what_to_do)});
}

std::string Binder::meant(const std::string& name, const Scope& scope) const {
    std::vector<std::string> names = columns_.value_or(std::vector<std::string>());
    if (scope.task != nullptr) {
        for (const auto& file : scope.task->files) names.push_back(file.name);
        for (const auto& collect : scope.task->collect) names.push_back(collect.alias);
    }
    for (const auto& task : recipe_.tasks) names.push_back(task.name);
    for (const auto& pick : recipe_.picks) names.push_back(pick.name);
    for (const auto& each : recipe_.each) names.push_back(each.name);
    for (const auto& each : recipe_.matrix) names.push_back(each.name);
    for (const auto& each : recipe_.constants) names.push_back(each.name);
    return nearest_words(name, names);
}

bool Binder::is_column(const std::string& name) const {
    return columns_ && std::find(columns_->begin(), columns_->end(), name) != columns_->end();
}

bool Binder::is_view(const std::string& name) const {
    return std::find(views().begin(), views().end(), name) != views().end();
}

std::optional<std::size_t> Binder::task_named(const std::string& name, const Scope& scope) {
    const auto found = index_of(recipe_.tasks, name);
    if (found) return found;
    std::vector<std::string> names;
    for (const auto& task : recipe_.tasks) names.push_back(task.name);
    complain(scope, fmt::format("unknown task '{}'", name), nearest_words(name, names));
    return std::nullopt;
}

std::optional<std::size_t> Binder::dimension_named(const std::string& name) const {
    for (std::size_t i = 0; i < plan_.dims.size(); ++i) {
        const auto kind = plan_.dims[i].kind;
        const bool is_data = kind == Dimension::Kind::row || kind == Dimension::Kind::group;
        if (!is_data && plan_.dims[i].name == name) return i;
    }
    return std::nullopt;
}

bool Binder::resolve_number(const Placeholder& placeholder, const Scope& scope,
                            Reference& reference) {
    if (placeholder.path.size() == 1) {
        std::string remedy = "{{n.NAME}} is the number of a sample or element";
        if (is_column("n")) remedy = "the column n is {{row.n}}";
        if (!columns_) remedy += "; a column n is {{row.n}}";
        complain(scope, "{{n}} does not say of what", remedy);
        return false;
    }
    const auto& name = placeholder.path[1];
    const auto dim = dimension_named(name);
    if (!dim || plan_.dims[*dim].kind == Dimension::Kind::matrix || placeholder.path.size() > 2) {
        const bool is_task = index_of(recipe_.tasks, name).has_value();
        complain(scope, fmt::format("{}: '{}' has no numbers", placeholder.name(), name),
                 is_task ? "add samples = N to task." + name : meant(name, scope));
        return false;
    }
    reference.kind = Kind::number;
    reference.index = *dim;
    reference.from = 2;
    return true;
}

bool Binder::resolve_reserved(const Placeholder& placeholder, const Scope& scope,
                              Reference& reference, bool& is_reserved) {
    const auto& path = placeholder.path;
    const auto& first = path[0];
    is_reserved = true;
    if (first == "n") return resolve_number(placeholder, scope, reference);
    if (first == "row_number") {
        reference.kind = Kind::row_number;
        return true;
    }
    if (first == "row") {
        if (path.size() > 1) return resolve_column(placeholder, 2, scope, reference);
        reference.kind = Kind::row;
        return true;
    }
    if (first == "matrix" || first == "const") {
        const auto found = path.size() < 2     ? std::nullopt
                           : first == "matrix" ? index_of(recipe_.matrix, path[1])
                                               : index_of(recipe_.constants, path[1]);
        if (!found) {
            complain(scope, fmt::format("{}: unknown name in {}", placeholder.name(), first),
                     path.size() < 2 ? "write {{" + first + ".NAME}}" : meant(path[1], scope));
            return false;
        }
        reference = {first == "matrix" ? Kind::matrix : Kind::constant, *found, 2};
        return true;
    }
    is_reserved = false;
    return true;
}

// False when the name is none of the recipe's own.
bool Binder::resolve_named(const Placeholder&, const std::string& name, const Scope& scope,
                           Reference& reference) {
    if (const auto task = index_of(recipe_.tasks, name)) {
        reference = {Kind::task, *task, 1};
    } else if (const auto pick = index_of(recipe_.picks, name)) {
        reference = {Kind::pick, *pick, 1};
    } else if (const auto each = index_of(recipe_.each, name)) {
        reference = {plan_.each[*each].is_late ? Kind::slot : Kind::element, *each, 1};
    } else if (const auto matrix = index_of(recipe_.matrix, name)) {
        reference = {Kind::matrix, *matrix, 1};
    } else if (const auto constant = index_of(recipe_.constants, name)) {
        reference = {Kind::constant, *constant, 1};
    } else if (scope.task != nullptr) {
        for (std::size_t i = 0; i < scope.task->collect.size(); ++i) {
            if (scope.task->collect[i].alias != name) continue;
            reference = {Kind::collect, i, 1};
            return true;
        }
        const auto file = index_of(scope.task->files, name);
        if (file) reference = {Kind::file, *file, 1};
        return file.has_value();
    } else {
        return false;
    }
    return true;
}

bool Binder::resolve_column(const Placeholder& placeholder, std::size_t from, const Scope& scope,
                            Reference& reference) {
    const auto& path = placeholder.path;
    reference = {Kind::column, 0, from};
    std::string whole;
    for (std::size_t i = from - 1; i < path.size(); ++i) {
        whole += (whole.empty() ? "" : ".") + path[i];
    }
    if (!columns_ || is_column(whole) || is_column(path[from - 1])) {
        if (placeholder.may_be_absent() && !columns_) {
            plan_.optional_columns.push_back(
                {path.begin() + static_cast<std::ptrdiff_t>(from - 1), path.end()});
        }
        return true;
    }
    const auto remedy = meant(path[from - 1], scope);
    complain(scope, fmt::format("{}: unknown name '{}'", placeholder.name(), path[from - 1]),
             !remedy.empty() || columns_->empty() ? remedy : "columns: " + listed(*columns_));
    return false;
}

bool Binder::resolve(const Placeholder& placeholder, const Scope& scope, Reference& reference) {
    bool is_reserved = false;
    if (!resolve_reserved(placeholder, scope, reference, is_reserved)) return false;
    const auto& name = placeholder.path[0];
    if (!is_reserved) {
        if (!resolve_named(placeholder, name, scope, reference)) {
            if (!resolve_column(placeholder, 1, scope, reference)) return false;
        } else if (is_column(name)) {
            static constexpr std::array<std::string_view, 12> kinds = {
                "",     "",     "",     "matrix name", "const",      "",
                "each", "each", "task", "pick",        "collection", "file"};
            complain(scope,
                     fmt::format("'{}' is both a column and a {}", name,
                                 kinds[static_cast<std::size_t>(reference.kind)]),
                     fmt::format("write {{{{row.{}}}}} for the column, or rename one", name));
            return false;
        } else {
            plan_.names_used.push_back(name);
        }
    }
    return check_allowed(placeholder, scope, reference) &&
           check_view(placeholder, scope, reference);
}

bool Binder::check_allowed(const Placeholder& placeholder, const Scope& scope,
                           const Reference& reference) {
    const bool is_data = reference.kind == Kind::column || reference.kind == Kind::row ||
                         reference.kind == Kind::row_number || reference.kind == Kind::constant;
    if (scope.allowed == Scope::Allowed::rows && !is_data) {
        complain(scope, fmt::format("{}: only columns and constants can be used here",
                                    placeholder.name()));
        return false;
    }
    if (scope.allowed == Scope::Allowed::known && reference.is_late()) {
        complain(scope,
                 fmt::format("{} is known only later, when its task has ended", placeholder.name()),
                 "lanes, limits, prices and ids follow from this field when it is loaded");
        return false;
    }
    return true;
}

bool Binder::check_view(const Placeholder& placeholder, const Scope& scope,
                        const Reference& reference) {
    const auto& path = placeholder.path;
    const bool is_file = reference.kind == Kind::file;
    if (!reference.is_result() && !is_file) {
        if (reference.kind != Kind::slot) return true;
        const auto& of = plan_.each[reference.index].of;
        if (!of.is_lone() || of.parts[0].reference.kind != Kind::task) return true;
        // Members of the element, by the schema of the list.
        Placeholder element = placeholder;
        element.path = of.parts[0].placeholder->path;
        element.path.emplace_back("0");
        element.path.insert(element.path.end(), path.begin() + 1, path.end());
        return path.size() < 2 || element.path[1] != "json" ||
               check_members(element, scope, of.parts[0].reference.index, 2);
    }
    if (reference.kind == Kind::collect) {
        const bool is_text = scope.task->collect[reference.index].text.has_value();
        if (is_text && path.size() > 1) {
            complain(scope, fmt::format("{}: '{}' is one text", placeholder.name(), path[0]),
                     "write {{" + path[0] + "}}, or leave out text to get a list");
            return false;
        }
        if (path.size() == 1) return true;
    }
    const auto& known = is_file ? file_views() : views();
    if (path.size() < 2) {
        complain(scope, fmt::format("{} does not say which of its values", placeholder.name()),
                 fmt::format("write {{{{{}.text}}}}; there are {}", path[0], listed(known)));
        return false;
    }
    if (std::find(known.begin(), known.end(), path[1]) == known.end()) {
        const auto near = nearest_words(path[1], known);
        complain(scope,
                 fmt::format("{}: a {} has no '{}'", placeholder.name(),
                             is_file ? "file" : "result", path[1]),
                 near.empty() ? "there are " + listed(known) : near);
        return false;
    }
    if (path[1] != "json") return true;
    if (reference.kind == Kind::task) {
        return check_members(placeholder, scope, reference.index, 2);
    }
    return true;
}

// Whether the schema of a task's answer has what is used of it.
bool Binder::check_members(const Placeholder& placeholder, const Scope& scope, std::size_t task,
                           std::size_t from) {
    const TaskSpec& spec = recipe_.tasks[task];
    const Value* expect = expect_of(spec);
    const Value* schema = expect == nullptr ? nullptr : expect->member("json_schema");
    if (schema == nullptr && (expect == nullptr || expect->member("json") == nullptr)) {
        warn(scope,
             fmt::format("{} is read as JSON, and task.{} has no expect", placeholder.name(),
                         spec.name),
             "add expect = {json = true} or a json_schema");
        return true;
    }
    for (std::size_t i = from; schema != nullptr && i < placeholder.path.size(); ++i) {
        const auto& segment = placeholder.path[i];
        const Value* properties = schema->member("properties");
        const Value* below = schema_below(*schema, segment);
        if (below == nullptr && properties != nullptr && properties->is_object()) {
            const Value* more = schema->member("additionalProperties");
            if (more != nullptr && more->is_object()) return true;
            const auto near = nearest_words(segment, properties->names);
            complain(scope,
                     fmt::format("{}: the schema of task.{} has no '{}'", placeholder.name(),
                                 spec.name, segment),
                     near.empty() ? "it has " + listed(properties->names) : near);
            return false;
        }
        const bool is_member = properties != nullptr && properties->member(segment) != nullptr;
        if (is_member && !requires_member(*schema, segment) && !placeholder.may_be_absent()) {
            warn(scope,
                 fmt::format("{}: '{}' is not required by the schema of task.{}",
                             placeholder.name(), segment, spec.name),
                 "add it to required, or use | default(...)");
        }
        schema = below;
    }
    return true;
}

std::optional<BoundTemplate> Binder::bind(const Template& parsed, const Scope& scope,
                                          std::vector<Use>& uses) {
    BoundTemplate bound;
    bool good = true;
    for (const auto& part : parsed.parts) {
        BoundPart made{part.literal, part.placeholder, {}};
        if (made.placeholder) {
            if (!resolve(*made.placeholder, scope, made.reference)) {
                good = false;
                continue;
            }
            bound.late = bound.late || made.reference.is_late();
            uses.push_back(
                {made.reference, made.placeholder->path, made.placeholder->may_be_absent()});
        }
        bound.parts.push_back(std::move(made));
    }
    if (!good) return std::nullopt;
    return bound;
}

std::optional<BoundTemplate> Binder::bind(const std::string& text, const Scope& scope,
                                          std::vector<Use>& uses) {
    std::string error;
    if (text.size() > limits::recipe_template_bytes) {
        complain(scope, "a template is longer than 1 MiB", "put it into the data");
        return std::nullopt;
    }
    const auto parsed = parse_template(text, error);
    if (parsed) return bind(*parsed, scope, uses);
    complain(scope, error);
    return std::nullopt;
}

std::vector<BoundCondition> Binder::bind(const ConditionList& conditions, const Scope& scope,
                                         std::vector<Use>& uses) {
    std::vector<BoundCondition> bound;
    for (const auto& condition : conditions.all) {
        auto value = bind(condition.value, scope, uses);
        if (value) bound.push_back({condition, std::move(*value)});
    }
    return bound;
}

BoundValue Binder::bind(const Value& value, const Scope& scope, std::vector<Use>& uses) {
    BoundValue bound;
    if (value.is_text() && !value.verbatim && value.text.find("{{") != std::string::npos) {
        auto text = bind(value.text, scope, uses);
        bound.kind = BoundValue::Kind::text;
        if (text) bound.text = std::move(*text);
        return bound;
    }
    if (value.is_list() || value.is_object()) {
        bound.kind = value.is_list() ? BoundValue::Kind::list : BoundValue::Kind::object;
        bound.names = value.names;
        bool constant = true;
        for (const auto& item : value.items) {
            bound.items.push_back(bind(item, scope, uses));
            constant = constant && bound.items.back().kind == BoundValue::Kind::constant;
        }
        if (!constant) return bound;
        bound = {};
    }
    bound.json = json_of(value);
    bound.escaped_json = json_of(escaped(value));
    return bound;
}

}  // namespace nightshift::recipe
