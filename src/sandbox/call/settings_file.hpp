// Fault and limit files: TOML or JSON, told apart by their content, checked key by key.
#pragma once

#include "sandbox/call/json.hpp"
#include "sandbox/call/route.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::sandbox {

// The file as JSON. A name ending in .json is JSON, anything else TOML. Throws std::runtime_error
// `FILE: what is wrong` with line and column where the parser knows them.
Json read_settings(const std::filesystem::path& file);

// Reads the members of one table and complains with file, place and key. Every member must be read
// before `finish`, which refuses what is left.
class Settings {
public:
    // `place` names the table in messages: "rule 2". `object` must outlive this.
    Settings(std::string file, std::string place, const Json& object);

    bool has(std::string_view key);
    bool flag(std::string_view key, bool absent);
    std::string text(std::string_view key, std::string_view absent);
    double number(std::string_view key, double absent, double low, double high);
    std::int64_t whole(std::string_view key, std::int64_t absent, std::int64_t low,
                       std::int64_t high);
    std::vector<std::string> texts(std::string_view key);  // one string or a list of them
    const Json& value(std::string_view key);               // null when absent
    std::vector<Endpoint> endpoints(std::string_view key);
    void finish() const;

    [[noreturn]] void fail(std::string_view key, std::string_view what) const;
    const std::string& file() const { return file_; }
    const std::string& place() const { return place_; }

private:
    const Json* find(std::string_view key);

    std::string file_;
    std::string place_;
    const Json& object_;
    std::vector<std::string> known_;
};

}  // namespace nightshift::sandbox
