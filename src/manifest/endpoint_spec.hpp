// What schemas/<endpoint>.json says: where an endpoint's requests go, which models it claims, what
// a body must look like, and how the fields of a short line become a body. Data for line.cpp.
//
// The keys of such a file are explained in schemas/README.md.

#pragma once

#include "json/schema/schema.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nightshift {

// How a short line becomes a body where placing fields is not enough (shape.cpp).
enum class Shape { plain, anthropic_messages, chat_messages, gemini_contents, happyhorse_media };

// By model glob, first match wins.
using ByModel = std::vector<std::pair<std::string, std::string>>;

// "" when no glob matches.
std::string_view value_for(const ByModel& rules, std::string_view model);

struct ShortField {
    std::string name;
    ByModel to;  // JSON pointer in the body; empty: the shape places it
};

// Put into the body of a short line where nothing is given.
struct BodyDefault {
    std::string model, to, value;  // glob, JSON pointer, JSON text
};

// A further check for some models: of the body's form, or a doubt worth saying.
struct ModelCheck {
    std::string model;    // glob
    JsonSchema schema;    // violated: problem; for a warning: satisfied
    std::string at, say;  // of a warning: JSON pointer in the body, text "what; what to do"
};

// Where the numbers are that an estimate needs; JSON pointers in the body.
struct EstimateSpec {
    std::vector<std::string> output_tokens, images, seconds, characters;
    double seconds_default = 0;
};

struct EndpointSpec {
    std::string endpoint, description;
    std::string group;                // "text", "image", "video", "speech"
    std::string path;                 // with {model} where the model is in the path
    std::string stream_path;          // empty: a stream is asked for by "stream": true in the body
    std::vector<std::string> models;  // globs
    std::vector<std::string> known_models;
    std::vector<std::string> image_models;  // globs: answer with images although group is text
    std::vector<std::string> media_urls;    // JSON pointers with `*` for every element
    ByModel media_types;                    // of `images` in a short line
    std::string image_size;                 // JSON pointer of a WIDTHxHEIGHT; empty: none
    Shape shape = Shape::plain;
    JsonSchema body, short_form;
    std::vector<ShortField> short_fields;
    std::vector<BodyDefault> defaults;
    std::vector<ModelCheck> checks, warnings;
    EstimateSpec estimate;

    bool model_in_path() const { return path.find("{model}") != std::string::npos; }
    bool claims(std::string_view model) const;  // by a glob other than "*"
    bool makes_images(std::string_view model) const;
    // The path to post to, {model} replaced.
    std::string path_for(std::string_view model, bool stream) const;

    // Throws std::runtime_error naming the key: schemas are ours, so it is a bug.
    static EndpointSpec parse(std::string_view schema_text);
};

// Every endpoint. Built once; the specs' addresses stay.
class EndpointTable {
public:
    explicit EndpointTable(const std::vector<std::string_view>& schema_texts);

    const std::vector<std::unique_ptr<EndpointSpec>>& all() const { return specs_; }
    // nullptr when there is none.
    const EndpointSpec* named(std::string_view endpoint) const;
    // The endpoint that claims the model; the one with "*" when no other does.
    const EndpointSpec& of_model(std::string_view model) const;

    // What a url of a request line means.
    struct Target {
        const EndpointSpec* spec = nullptr;  // nullptr: no such path
        std::string_view model;              // where the path has it
        bool stream = false;                 // the path asks for a stream
    };
    Target of_path(std::string_view path) const;

    std::vector<std::string> endpoint_names() const;
    std::vector<std::string> paths() const;
    // "" when the name is known or near to none, else the known name it is close to.
    std::string known_model_near(std::string_view model) const;

private:
    std::vector<std::unique_ptr<EndpointSpec>> specs_;
    const EndpointSpec* fallback_ = nullptr;
};

}  // namespace nightshift
