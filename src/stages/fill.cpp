#include "stages/fill.hpp"

#include "base/bounds.hpp"
#include "stages/bindings.hpp"

namespace nightshift::stages {

bool Files::publish(const std::string&, bool, std::string&, std::string& error) {
    error = "links need [publish]";
    return false;
}

Filled fill(const StageLine& line, const Upstreams& upstreams, Files& files) {
    Bindings bindings(line, upstreams, &files);
    const auto look_up = [&bindings](const recipe::Placeholder& placeholder) {
        return bindings.look_up(placeholder);
    };
    auto spliced = splice(line.request, look_up, limits::manifest_line_bytes);
    Filled filled;
    filled.used_link = bindings.used_link();
    if (spliced.error == Spliced::Error::none) {
        filled.good = true;
        filled.line = std::move(spliced.json);
        return filled;
    }
    filled.code = spliced.error == Spliced::Error::value ? bindings.code() : "filled_body";
    filled.message = std::move(spliced.why);
    return filled;
}

}  // namespace nightshift::stages
