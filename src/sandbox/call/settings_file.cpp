// toml++ and nlohmann behind one face.
#include "sandbox/call/settings_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace nightshift::sandbox {
namespace {

Json parsed_toml(const std::string& text, const std::string& name) {
    try {
        const toml::table table = toml::parse(text);
        std::ostringstream out;
        out << toml::json_formatter(table);
        return parse_json(out.str());
    } catch (const toml::parse_error& error) {
        throw std::runtime_error(fmt::format("{}:{}:{}: {}", name, error.source().begin.line,
                                             error.source().begin.column, error.description()));
    }
}

}  // namespace

Json read_settings(const std::filesystem::path& file) {
    std::error_code ignored;
    const bool is_odd = std::filesystem::exists(file, ignored) &&
                        !std::filesystem::is_regular_file(file, ignored) &&
                        !file.string().starts_with("/dev/fd/");
    if (is_odd) throw std::runtime_error(fmt::format("{}: not a file; give one", file.string()));
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error(fmt::format("{}: cannot be read", file.string()));
    const std::string text((std::istreambuf_iterator<char>(stream)),
                           std::istreambuf_iterator<char>());
    if (file.extension() != ".json") return parsed_toml(text, file.string());
    try {
        return Json::parse(text);
    } catch (const Json::parse_error& error) {
        throw std::runtime_error(fmt::format("{}: {}", file.string(), error.what()));
    }
}

Settings::Settings(std::string file, std::string place, const Json& object)
    : file_(std::move(file)), place_(std::move(place)), object_(object) {
    if (!object_.is_object()) {
        throw std::runtime_error(fmt::format("{}: {}: must be a table", file_, place_));
    }
}

void Settings::fail(std::string_view key, std::string_view what) const {
    throw std::runtime_error(fmt::format("{}: {}: \"{}\" {}", file_, place_, key, what));
}

const Json* Settings::find(std::string_view key) {
    known_.emplace_back(key);
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
}

bool Settings::has(std::string_view key) {
    return find(key) != nullptr;
}

const Json& Settings::value(std::string_view key) {
    static const Json none;
    const Json* found = find(key);
    return found == nullptr ? none : *found;
}

bool Settings::flag(std::string_view key, bool absent) {
    const Json* found = find(key);
    if (found == nullptr) return absent;
    if (!found->is_boolean()) fail(key, "must be true or false");
    return found->get<bool>();
}

std::string Settings::text(std::string_view key, std::string_view absent) {
    const Json* found = find(key);
    if (found == nullptr) return std::string(absent);
    if (!found->is_string()) fail(key, "must be a string");
    return found->get<std::string>();
}

double Settings::number(std::string_view key, double absent, double low, double high) {
    const Json* found = find(key);
    if (found == nullptr) return absent;
    const bool good =
        found->is_number() && found->get<double>() >= low && found->get<double>() <= high;
    if (!good) fail(key, fmt::format("must be a number from {:g} to {:g}", low, high));
    return found->get<double>();
}

std::int64_t Settings::whole(std::string_view key, std::int64_t absent, std::int64_t low,
                             std::int64_t high) {
    const Json* found = find(key);
    if (found == nullptr) return absent;
    const bool good = found->is_number_integer() && found->get<std::int64_t>() >= low &&
                      found->get<std::int64_t>() <= high;
    if (!good) fail(key, fmt::format("must be a whole number from {} to {}", low, high));
    return found->get<std::int64_t>();
}

std::vector<std::string> Settings::texts(std::string_view key) {
    const Json* found = find(key);
    if (found == nullptr) return {};
    if (found->is_string()) return {found->get<std::string>()};
    const bool good =
        found->is_array() &&
        std::all_of(found->begin(), found->end(), [](const Json& one) { return one.is_string(); });
    if (!good) fail(key, "must be a string or a list of strings");
    return found->get<std::vector<std::string>>();
}

std::vector<Endpoint> Settings::endpoints(std::string_view key) {
    std::vector<Endpoint> all;
    for (const std::string& word : texts(key)) {
        Endpoint found = Endpoint::unknown;
        for (int i = 0; i <= static_cast<int>(Endpoint::results); ++i) {
            if (word_of(static_cast<Endpoint>(i)) == word) found = static_cast<Endpoint>(i);
        }
        if (found == Endpoint::unknown) fail(key, fmt::format("names no endpoint: {}", word));
        all.push_back(found);
    }
    return all;
}

void Settings::finish() const {
    for (const auto& [key, value] : object_.items()) {
        if (std::find(known_.begin(), known_.end(), key) == known_.end())
            fail(key, "is not a known key");
    }
}

}  // namespace nightshift::sandbox
