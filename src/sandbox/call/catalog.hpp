// The models this gateway serves: those of the seed document (wire contract 2 and 12).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nightshift::sandbox {

enum class ModelKind {
    claude,
    chat,
    gemini,
    gemini_image,
    image,
    happyhorse,
    seedance,
    speech,
    none
};

// Shell globs of `*` and `?`, case-sensitive; `*` crosses a slash.
bool glob_matches(std::string_view pattern, std::string_view text);

class Catalog {
public:
    explicit Catalog(std::vector<std::string> extra) : extra_(std::move(extra)) {}

    // `none` for a name that no channel serves. Claude names may carry a thinking or effort suffix.
    ModelKind kind_of(std::string_view model) const;

    // Every name, in the order of the seed document.
    static const std::vector<std::string>& names();

    // What `supported_endpoint_types` says of a model.
    static std::vector<std::string> endpoint_types(ModelKind kind);

private:
    std::vector<std::string> extra_;
};

// True when a model-limited key may use it (sandbox.hpp).
bool allowed_to_limited(std::string_view model);

// A text model of any of the three protocols.
bool is_text(ModelKind kind);

}  // namespace nightshift::sandbox
