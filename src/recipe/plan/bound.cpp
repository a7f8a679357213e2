#include "recipe/plan/bound.hpp"

#include "base/text/did_you_mean.hpp"
#include "json/json_builder.hpp"

#include <fmt/format.h>

namespace nightshift::recipe {
namespace {

// A column by its whole name, or by the first part of the path. `from`: where the path begins,
// behind "row".
Found column(const Reference& reference, const std::vector<std::string>& path,
             const Context& context) {
    const std::size_t begin = reference.from - 1;
    const Value* whole =
        context.row->find(begin + 1 == path.size() ? path[begin] : joined_path(path, begin));
    if (whole != nullptr) return Found::of(*whole);
    const Value* first = path.size() > begin + 1 ? context.row->find(path[begin]) : nullptr;
    if (first != nullptr) return walk(*first, path, begin + 1);
    const std::string* near =
        context.row->names == nullptr ? nullptr : nearest_of(path[begin], *context.row->names);
    return Found::absent(fmt::format("the row has no '{}'{}", path[begin],
                                     near == nullptr ? "" : "; did you mean '" + *near + "'?"));
}

Value whole_row(const Row& row) {
    Value object = Value::of_object();
    if (row.names != nullptr) object.names = *row.names;
    object.items = row.cells;
    return object;
}

// The value of one part, filters applied; late ones must not be given.
Found value_of(const BoundPart& part, const Context& context) {
    const bool null_is_fine = context.condition;
    Found found = look_up(part.reference, part.placeholder->path, context);
    found = filtered(std::move(found), part.placeholder->filters, null_is_fine);
    if (found.state == Found::State::absent) found.state = Found::State::bad;
    if (found.state == Found::State::bad) {
        found.why = fmt::format("{}: {}", part.placeholder->name(), found.why);
    }
    return found;
}

bool stays(const BoundPart& part, const Context& context) {
    if (!part.reference.is_late()) return false;
    // A file that a row does not have is known to be absent.
    return part.reference.kind != Reference::Kind::file || context.files == nullptr ||
           (*context.files)[part.reference.index];
}

Found lone(const BoundPart& part, const Context& context) {
    if (stays(part, context)) return Found::of(Value::of_text(part.placeholder->source));
    Found found = value_of(part, context);
    if (context.escape && found.state == Found::State::there) {
        found.value = escaped(std::move(found.value));
    }
    return found;
}

}  // namespace

Found look_up(const Reference& reference, const std::vector<std::string>& path,
              const Context& context) {
    using Kind = Reference::Kind;
    switch (reference.kind) {
        case Kind::column:
            return column(reference, path, context);
        case Kind::row:
            return Found::of(whole_row(*context.row));
        case Kind::row_number:
            return Found::of(Value::of_integer(context.row->number));
        case Kind::matrix: {
            const auto place = (*context.at)[(*context.matrix_dims)[reference.index]];
            const auto& values = context.recipe->matrix[reference.index].values;
            return walk(values[place - 1].value, path, reference.from);
        }
        case Kind::constant:
            return walk(context.recipe->constants[reference.index].value, path, reference.from);
        case Kind::number:
            return Found::of(Value::of_integer((*context.at)[reference.index]));
        case Kind::element:
            return walk((*context.elements)[reference.index], path, reference.from);
        default:
            return Found::absent("this row has no such file");
    }
}

Found fill(const BoundTemplate& bound, const Context& context) {
    if (bound.is_lone()) return lone(bound.parts[0], context);
    std::string text, literal;
    const auto flush = [&] {
        text += context.escape ? escaped(literal) : literal;
        literal.clear();
    };
    for (const auto& part : bound.parts) {
        literal += part.literal;
        if (!part.placeholder) continue;
        if (stays(part, context)) {
            flush();
            text += part.placeholder->source;
            continue;
        }
        Context inside = context;
        inside.condition = false;  // null within a text is an error everywhere
        const Found found = value_of(part, inside);
        if (found.state == Found::State::bad) return found;
        if (found.state == Found::State::there) literal += plain_of(found.value);
    }
    flush();
    return Found::of(Value::of_text(std::move(text)));
}

bool append_filled(std::string& out, const BoundValue& bound, const Context& context,
                   std::string& error) {
    if (bound.kind == BoundValue::Kind::constant) {
        out += context.escape ? bound.escaped_json : bound.json;
        return true;
    }
    if (bound.kind == BoundValue::Kind::text) {
        const Found found = fill(bound.text, context);
        if (found.state == Found::State::bad) error = found.why;
        if (found.state != Found::State::there) return false;
        append_json(out, found.value);
        return true;
    }
    const bool is_object = bound.kind == BoundValue::Kind::object;
    out += is_object ? '{' : '[';
    bool first = true;
    for (std::size_t i = 0; i < bound.items.size(); ++i) {
        const std::size_t mark = out.size();
        if (!first) out += ',';
        if (is_object) {
            append_json_quoted(out, bound.names[i]);
            out += ':';
        }
        if (append_filled(out, bound.items[i], context, error)) {
            first = false;
            continue;
        }
        if (!error.empty()) return false;
        out.resize(mark);
    }
    out += is_object ? '}' : ']';
    return true;
}

}  // namespace nightshift::recipe
