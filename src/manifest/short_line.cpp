// Short lines: the endpoint follows from the model, the fields become a body (contract section 3).

#include "base/text/did_you_mean.hpp"
#include "base/text/glob.hpp"
#include "json/json_number.hpp"
#include "json/json_scan.hpp"
#include "manifest/json_errors.hpp"
#include "manifest/line_draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace nightshift {
namespace {

namespace dom = simdjson::dom;

bool is_text_shape(Shape shape) {
    return shape == Shape::anthropic_messages || shape == Shape::chat_messages ||
           shape == Shape::gemini_contents;
}

// Endpoint and model. False when they cannot be told.
bool find_endpoint(const Fields& fields, LineContext& context, Draft& draft,
                   Complaints& complaints) {
    const Field* model = fields.find("model");
    if (model == nullptr) {
        complaints.error("", "\"model\" is missing", "add \"model\"");
        return false;
    }
    if (!text_of(model->value, draft.model) || draft.model.empty()) {
        complaints.error("/model", draft.model.empty() && model->value.is_string()
                                       ? "\"model\" is empty"
                                       : fmt::format("\"model\" must be a text, not {}",
                                                     type_in_words(model->value)));
        return false;
    }
    const Field* endpoint = fields.find("endpoint");
    if (endpoint == nullptr) {
        draft.spec = &context.table.of_model(draft.model);
        return true;
    }
    std::string_view name;
    if (text_of(endpoint->value, name)) draft.spec = context.table.named(name);
    if (draft.spec != nullptr) return true;
    const auto names = context.table.endpoint_names();
    std::string known;
    for (const auto& each : names) known += (known.empty() ? "" : ", ") + each;
    const std::string* near = nearest_of(std::string(name), names);
    complaints.error(
        "/endpoint", fmt::format("no endpoint is called \"{}\"", name),
        near != nullptr ? fmt::format("did you mean \"{}\"?", *near) : "endpoints: " + known);
    return false;
}

// The text shapes want exactly one of prompt and messages.
bool check_question(const Fields& fields, const Draft& draft, Complaints& complaints) {
    const bool prompt = fields.find("prompt") != nullptr;
    const bool messages = fields.find("messages") != nullptr;
    if (is_text_shape(draft.spec->shape)) {
        if (prompt && messages) {
            complaints.error_key("/messages", "both \"prompt\" and \"messages\"", "keep one");
        } else if (!prompt && !messages && fields.find("params") == nullptr) {
            complaints.error("", "neither \"prompt\" nor \"messages\"", "add one of them");
        } else {
            return true;
        }
        return false;
    }
    if (prompt && fields.find("input") != nullptr) {
        complaints.error_key("/input", "both \"prompt\" and \"input\"", "keep one");
        return false;
    }
    return true;
}

// Images of text models stand before the prompt.
bool check_images(const Fields& fields, const Draft& draft, Complaints& complaints) {
    const Field* images = fields.find("images");
    if (images == nullptr || !is_text_shape(draft.spec->shape)) return true;
    if (fields.find("prompt") != nullptr) return true;
    complaints.error_key("/images", "\"images\" go with \"prompt\"",
                         "in messages they are parts of the content");
    return false;
}

// The content of the only message: the prompt, behind its images where there are any. False when
// an image cannot be sent.
bool prompt_parts(const Fields& fields, const LineContext& context, const Draft& draft,
                  std::string& content, Complaints& complaints) {
    const Field* prompt = fields.find("prompt");
    const Field* images = fields.find("images");
    const bool is_gemini = draft.spec->shape == Shape::gemini_contents;
    if (images == nullptr && !is_gemini) {
        content = prompt->raw;
        return true;
    }
    content = "[";
    const bool good =
        images == nullptr || append_image_parts(*images, context, draft, content, complaints);
    content += is_gemini ? "{\"text\":" : "{\"type\":\"text\",\"text\":";
    content += prompt->raw;
    content += "}]";
    return good;
}

// The raw bytes of a member of an object given as bytes; "" when it is not there.
std::string_view raw_member(std::string_view object, std::string_view name) {
    const auto place = json_member(object, "", name);
    return place ? place->value : std::string_view();
}

// "parts" of a Gemini content from a message's content: a text, or a list of text blocks.
std::string parts_of(std::string_view content) {
    if (content.empty()) return "[]";
    if (content.front() == '"') return "[{\"text\":" + std::string(content) + "}]";
    std::string parts = "[";
    JsonElements blocks(content);
    std::string_view block;
    while (blocks.next(block)) {
        parts += parts.size() > 1 ? "," : "";
        parts += "{\"text\":" + std::string(raw_member(block, "text")) + '}';
    }
    return parts + ']';
}

// contents, and systemInstruction when the first message has the role system.
void place_gemini_messages(const Field& messages, bool has_system, RawJson& body,
                           Complaints& complaints) {
    std::string contents = "[";
    JsonElements elements(messages.raw);
    std::string_view message;
    for (std::size_t i = 0; elements.next(message); ++i) {
        const std::string_view content = raw_member(message, "content");
        const std::string role = unescaped_json(raw_member(message, "role"));
        if (role == "\"system\"") {
            if (i > 0 || has_system) {
                complaints.error(fmt::format("/messages/{}/role", i),
                                 "Gemini takes instructions only once and first",
                                 "put them into \"system\"");
                return;
            }
            body.set("/systemInstruction", body.keep("{\"parts\":" + parts_of(content) + '}'));
            continue;
        }
        contents += contents.size() > 1 ? "," : "";
        contents += role == "\"user\"" ? "{\"role\":\"user\"" : "{\"role\":\"model\"";
        contents += ",\"parts\":" + parts_of(content) + '}';
    }
    body.set("/contents", body.keep(contents + ']'));
}

void place_gemini(const Fields& fields, LineContext& context, const Draft& draft,
                  Complaints& complaints) {
    RawJson& body = context.builder;
    const Field* system = fields.find("system");
    if (fields.find("prompt") != nullptr) {
        std::string parts;
        prompt_parts(fields, context, draft, parts, complaints);
        body.set("/contents", body.keep("[{\"parts\":" + parts + "}]"));
    } else if (const Field* messages = fields.find("messages")) {
        place_gemini_messages(*messages, system != nullptr, body, complaints);
    }
    if (system != nullptr) {
        body.set("/systemInstruction",
                 body.keep("{\"parts\":[{\"text\":" + std::string(system->raw) + "}]}"));
    }
}

void place_messages(const Fields& fields, bool system_inside, LineContext& context,
                    const Draft& draft, Complaints& complaints) {
    RawJson& body = context.builder;
    const Field* system = system_inside ? fields.find("system") : nullptr;
    const Field* messages = fields.find("messages");
    const Field* prompt = fields.find("prompt");
    if (messages != nullptr && system == nullptr) {
        body.set("/messages", messages->raw);
        return;
    }
    if (messages == nullptr && prompt == nullptr) return;  // params may give them
    std::string list = "[";
    if (system != nullptr) {
        list += "{\"role\":\"system\",\"content\":" + std::string(system->raw) + "},";
    }
    if (messages != nullptr) {
        list += messages->raw.substr(1);
    } else {
        std::string content;
        prompt_parts(fields, context, draft, content, complaints);
        list += "{\"role\":\"user\",\"content\":" + content + "}]";
    }
    body.set("/messages", body.keep(std::move(list)));
}

void place_media(const Fields& fields, const LineContext& context, const Draft& draft,
                 RawJson& body) {
    const Field* video = fields.find("video");
    const Field* images = fields.find("images");
    if (video == nullptr && images == nullptr) return;
    std::string media = "[";
    if (video != nullptr) media += "{\"type\":\"video\",\"url\":" + std::string(video->raw) + '}';
    if (images != nullptr) {
        std::string_view type = value_for(draft.spec->media_types, draft.model);
        if (type == "input_image" && !context.options.i2v_image_type.empty()) {
            type = context.options.i2v_image_type;
        }
        JsonElements elements(images->raw);
        std::string_view url;
        while (elements.next(url)) {
            media += media.size() > 1 ? "," : "";
            media += "{\"type\":" + json_quote(type) + ",\"url\":" + std::string(url) + '}';
        }
    }
    body.set("/input/media", body.keep(media + ']'));
}

void place_fields(const Fields& fields, LineContext& context, const Draft& draft,
                  Complaints& complaints) {
    RawJson& body = context.builder;
    body.clear();
    if (!draft.spec->model_in_path()) body.set("/model", fields.find("model")->raw);
    const Shape shape = draft.spec->shape;
    if (shape == Shape::anthropic_messages || shape == Shape::chat_messages) {
        place_messages(fields, shape == Shape::chat_messages, context, draft, complaints);
    }
    if (shape == Shape::gemini_contents) place_gemini(fields, context, draft, complaints);
    for (const auto& short_field : draft.spec->short_fields) {
        const Field* field = fields.find(short_field.name);
        if (field == nullptr || short_field.to.empty()) continue;
        const std::string_view to = value_for(short_field.to, draft.model);
        if (!to.empty()) body.set(to, field->raw);
    }
    if (draft.spec->shape == Shape::happyhorse_media) place_media(fields, context, draft, body);
}

bool merge_params(const Fields& fields, RawJson& body, Complaints& complaints) {
    const Field* params = fields.find("params");
    if (params == nullptr || params->value.is_null()) return true;
    if (!params->value.is_object()) {
        complaints.error("/params", fmt::format("\"params\" must be an object, not {}",
                                                type_in_words(params->value)));
        return false;
    }
    const auto twice = body.merge(params->raw);
    if (!twice) return true;
    complaints.error_key(
        "/params" + *twice,
        fmt::format("\"{}\" is given twice: by params and by a short field", spoken(*twice)),
        "keep one");
    return false;
}

// Fields that are not of this endpoint, then the form of those that are.
bool check_fields(const Fields& fields, const JsonElement& line, const Draft& draft,
                  Complaints& complaints) {
    if (!check_question(fields, draft, complaints)) return false;
    if (!check_images(fields, draft, complaints)) return false;
    if (draft.spec->short_form.accepts(line)) return true;
    const int before = complaints.errors();
    for (const auto& violation : draft.spec->short_form.violations(line)) {
        const std::string where = spoken(violation.pointer);
        complaints.error(violation.pointer,
                         (where.empty() ? "" : '"' + where + "\" ") + violation.what,
                         violation.description);
    }
    return complaints.errors() == before;
}

// A placeholder stands for a whole message or a part of its content.
bool hides_messages(const TemplateLine& templates) {
    const auto& pointers = templates.use.pointers;
    return std::any_of(pointers.begin(), pointers.end(), [](const std::string& pointer) {
        const auto last = pointer.substr(pointer.rfind('/') + 1);
        return pointer.starts_with("/messages") &&
               (last == "messages" || last.find_first_not_of("0123456789") == std::string::npos);
    });
}

// Of a line that waits: where a placeholder stands for a list or object, something of that form, so
// that a body can be made and judged. `images` keeps its text.
Fields with_forms(const Fields& fields, const TemplateLine& templates, std::string& images) {
    Fields formed;
    for (Field field : fields.all()) {
        if (field.name == "params" && templates.holds("/params")) continue;
        if (field.name == "images" && templates.holds("/images")) {
            field.raw = images = '[' + std::string(field.raw) + ']';
        }
        if (field.name == "messages" && hides_messages(templates)) {
            field.raw = R"([{"role":"user","content":"..."}])";
        }
        formed.add(field);
    }
    return formed;
}

bool params_ask_for_stream(const Fields& fields) {
    const Field* params = fields.find("params");
    bool asks = false;
    return params != nullptr && params->value["stream"].get_bool().get(asks) == simdjson::SUCCESS &&
           asks;
}

void ask_for_stream(const Fields& fields, LineContext& context, Draft& draft) {
    bool streams = params_ask_for_stream(fields);
    const bool wanted = context.options.stream && is_text_shape(draft.spec->shape) &&
                        !draft.spec->makes_images(draft.model);
    if (wanted && !draft.spec->stream_path.empty()) {
        draft.stream = true;
    } else if (wanted && context.builder.set("/stream", "true")) {  // params may have said false
        streams = true;
    }
    // Without its counts what a stream cost is a guess. Where the line says otherwise this does
    // nothing.
    if (streams && draft.spec->shape == Shape::chat_messages) {
        context.builder.set("/stream_options/include_usage", "true");
    }
}

bool parse_built(LineContext& context, JsonElement& value) {
    const auto parse = [&](std::string& text) {
        text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
        return context.body_parser.parse(text.data(), text.size(), false).get(value);
    };
    auto error = parse(context.built_body);
    if (error == simdjson::NUMBER_ERROR) {
        context.patched_body = context.built_body;
        if (replace_huge_numbers(context.patched_body)) error = parse(context.patched_body);
    }
    return error == simdjson::SUCCESS;
}

}  // namespace

bool draft_short_line(const Fields& given, const JsonElement& line, LineContext& context,
                      Draft& draft, Complaints& complaints) {
    draft.form = Draft::Form::short_line;
    if (draft.spec == nullptr && !find_endpoint(given, context, draft, complaints)) return false;
    if (context.rules_of(*draft.spec, draft.model).mismatch_is_error) return false;  // said later
    if (!check_fields(given, line, draft, complaints)) return false;
    std::string images;
    Fields formed;
    if (draft.templates != nullptr) formed = with_forms(given, *draft.templates, images);
    const Fields& fields = draft.templates != nullptr ? formed : given;
    const int before = complaints.errors();
    place_fields(fields, context, draft, complaints);
    if (complaints.errors() != before) return false;
    if (!merge_params(fields, context.builder, complaints)) return false;
    for (const auto& each : draft.spec->defaults) {
        if (!glob_matches(each.model, draft.model)) continue;
        context.builder.set(each.to, each.value);  // refused where something was given
    }
    ask_for_stream(fields, context, draft);
    context.built_body.clear();
    context.builder.write(context.built_body);
    if (!parse_built(context, draft.body_value)) {
        complaints.error("", "no body can be made from this line", "this is a bug; report it");
        return false;
    }
    draft.body = context.built_body;
    return true;
}

}  // namespace nightshift
