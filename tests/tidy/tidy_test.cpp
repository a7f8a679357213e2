// The style as a test: reads the tree, reports `file:line: rule`. What a rule is for stands in
// docs/architecture.md.

#include "test_paths.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct File {
    std::string path;  // relative to the repository
    std::vector<std::string> lines;
};

std::vector<File> sources(const std::vector<std::string>& folders) {
    std::vector<File> files;
    const fs::path root = NIGHTSHIFT_SOURCE_DIR;
    for (const auto& folder : folders) {
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            const auto extension = entry.path().extension();
            if (extension != ".cpp" && extension != ".hpp") continue;
            File file{fs::relative(entry.path(), root).string(), {}};
            std::ifstream text(entry.path());
            for (std::string line; std::getline(text, line);) file.lines.push_back(line);
            files.push_back(std::move(file));
        }
    }
    return files;
}

const std::vector<File>& own_code() {
    static const auto files = sources({"src", "jobs", "storage"});
    return files;
}

const std::vector<File>& all_code() {
    static const auto files = sources({"src", "jobs", "storage", "tests"});
    return files;
}

std::string without_comment(const std::string& line) {
    return line.substr(0, line.find("//"));
}

// What stands between the parentheses of an if, while, switch or for.
std::string condition_of(const std::string& line) {
    static const std::regex keyword(R"(\b(if|while|switch|for) *\()");
    std::smatch match;
    if (!std::regex_search(line, match, keyword)) return "";
    const auto from = static_cast<std::size_t>(match.position() + match.length());
    int depth = 1;
    auto at = from;
    for (; at < line.size() && depth > 0; ++at)
        depth += line[at] == '(' ? 1 : line[at] == ')' ? -1 : 0;
    return line.substr(from, at - from);
}

// Every line for which `broken` holds, as one text; empty when the rule is kept.
template <class Broken>
std::string breaches(const std::vector<File>& files, Broken broken) {
    std::string text;
    for (const auto& file : files) {
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            if (!broken(file, file.lines[i])) continue;
            text += file.path + ":" + std::to_string(i + 1) + ": " + file.lines[i] + "\n";
        }
    }
    return text;
}

// "cli/run" of src/cli/run/signals.cpp, "storage/sqlite" of storage/sqlite/db.cpp.
std::string folder_of(const std::string& path) {
    const auto folder = fs::path(path).parent_path().string();
    if (folder == "src") return "main";
    return folder.rfind("src/", 0) == 0 ? folder.substr(4) : folder;
}

// "cli" of "cli/run".
std::string top_of(const std::string& folder) {
    return folder.substr(0, folder.find('/'));
}

// What each folder may include besides itself. A line that is missing here is a dependency that
// points the wrong way; a line that makes a circle is refused by a test below.
const std::map<std::string, std::set<std::string>> allowed_includes = {
    {"base", {"base/text"}},
    {"base/secret", {"base", "base/text"}},
    {"base/text", {}},
    {"cli",
     {"base", "base/text", "cli/help", "cli/input", "cli/load", "cli/run", "http/curl", "screen",
      "storage/sqlite"}},
    {"cli/commands", {"base",     "base/text",   "cli/doctor",  "cli/help",       "cli/input",
                      "cli/live", "cli/load",    "cli/run",     "files",          "http",
                      "jobs",     "jobs/remote", "json",        "ledger",         "manifest",
                      "sandbox",  "screen",      "storage",     "storage/sqlite", "model",
                      "recipe",   "recipe/plan", "recipe/read", "recipe/text",    "recipe/data"}},
    {"cli/doctor",
     {"base", "base/text", "cli/input", "http", "http/curl", "jobs", "jobs/protocol", "jobs/remote",
      "manifest", "model", "replies", "storage", "storage/sqlite", "cli/load"}},
    {"cli/help", {"base", "cli/input", "jobs", "storage"}},
    {"cli/input",
     {"base", "base/text", "engine/retry", "engine/run", "files", "http", "http/curl", "jobs",
      "jobs/protocol", "manifest", "model", "replies", "sandbox", "screen", "storage",
      "storage/sqlite"}},
    {"cli/live",
     {"base", "base/text", "cli/input", "cli/load", "control", "engine", "files", "jobs", "json",
      "screen", "storage"}},
    {"cli/load",
     {"base", "base/text", "cli/input", "files", "http", "jobs", "manifest", "model", "screen",
      "storage", "recipe"}},
    {"cli/run",
     {"base", "base/text", "cli/input", "cli/live", "cli/load", "cli/status", "control", "engine",
      "engine/run", "files", "http/curl", "jobs", "ledger", "manifest", "model", "progress",
      "screen", "storage", "storage/sqlite"}},
    {"cli/status",
     {"base", "base/text", "cli/input", "cli/live", "engine/run", "files", "progress", "screen",
      "storage"}},
    {"control", {"base", "json"}},
    {"engine",
     {"base", "base/text", "engine/attempt", "engine/pacing", "engine/polling", "engine/retry",
      "engine/run", "jobs", "jobs/protocol", "ledger", "model", "storage"}},
    {"engine/attempt",
     {"base", "base/text", "engine/pacing", "engine/polling", "engine/retry", "engine/run", "files",
      "files/media", "http", "jobs", "jobs/media", "jobs/protocol", "jobs/remote", "json",
      "json/schema", "ledger", "replies"}},
    {"engine/pacing", {"base", "base/text", "http", "model"}},
    {"engine/polling", {"base", "engine/retry"}},
    {"engine/retry", {"base", "base/text", "engine/pacing", "jobs", "jobs/protocol"}},
    {"engine/run",
     {"base", "engine/pacing", "engine/polling", "engine/retry", "files", "http", "http/curl",
      "ledger", "model", "replies", "storage"}},
    {"files", {"base", "base/text", "files/media", "model"}},
    {"files/media", {"base"}},
    {"http", {"base", "base/text", "json"}},
    {"http/curl", {"base", "http"}},
    {"jobs", {"jobs/media", "jobs/protocol", "jobs/remote", "jobs/streams", "manifest"}},
    {"jobs/media", {"base", "base/text", "files/media", "http", "jobs/protocol"}},
    {"jobs/protocol", {"base", "base/text", "http", "json"}},
    {"jobs/remote", {"base", "base/text", "http", "jobs/media", "jobs/protocol"}},
    {"jobs/streams", {"base", "base/text", "http", "jobs/media", "jobs/protocol"}},
    {"json", {"base", "base/text"}},
    {"json/schema", {"base", "json"}},
    {"ledger", {"base", "base/text", "files", "jobs/protocol", "json", "storage"}},
    {"manifest", {"base", "base/text", "json", "json/schema", "model", "recipe/text", "stages"}},
    {"model", {"base/text"}},
    {"progress", {"base", "base/text", "engine/run", "storage"}},
    {"recipe",
     {"base", "base/text", "json", "manifest", "recipe/data", "recipe/plan", "recipe/read",
      "recipe/text"}},
    {"recipe/data", {"base", "base/text", "manifest", "recipe/read", "recipe/text"}},
    {"recipe/plan",
     {"base", "base/text", "json", "manifest", "recipe/data", "recipe/read", "recipe/text"}},
    {"recipe/read", {"base", "base/text", "manifest", "recipe/text"}},
    {"recipe/text", {"base", "base/text", "json"}},
    {"replies",
     {"base", "base/secret", "files", "files/media", "http", "jobs/media", "jobs/protocol",
      "json"}},
    {"sandbox",
     {"sandbox/call", "sandbox/endpoints", "sandbox/faults", "sandbox/media", "sandbox/state"}},
    {"sandbox/call", {}},
    {"sandbox/endpoints", {"sandbox/call", "sandbox/faults", "sandbox/media", "sandbox/state"}},
    {"sandbox/faults", {"sandbox/call", "sandbox/media"}},
    {"sandbox/limits", {"sandbox/call"}},
    {"sandbox/media", {"sandbox/call"}},
    {"sandbox/state", {"sandbox/call", "sandbox/faults", "sandbox/limits", "sandbox/media"}},
    {"screen", {"base", "base/text", "engine/run", "progress"}},
    {"stages", {"base", "base/text", "files/media", "json", "model", "recipe/text"}},
    {"main", {"cli"}},
    {"storage", {"model"}},
    {"storage/sqlite", {"base", "base/text", "storage"}},
};

// Libraries that only some folders may know.
const std::map<std::string, std::set<std::string>> library_users = {
    {"curl/", {"http"}},
    {"sqlite3.h", {"storage"}},
    {"boost/beast", {"sandbox"}},
    {"CLI/", {"cli"}},
    {"toml", {"cli", "sandbox", "recipe"}},
    {"re2/", {"recipe"}},
};

std::string included(const std::string& line) {
    static const std::regex include("^#include [<\"]([^>\"]+)[>\"]");
    std::smatch match;
    return std::regex_search(line, match, include) ? match[1].str() : "";
}

}  // namespace

TEST_CASE("no await stands in a condition: GCC 12.2 miscompiles it") {
    CHECK(breaches(all_code(), [](const File&, const std::string& line) {
              return condition_of(without_comment(line)).find("co_await") != std::string::npos;
          }) == "");
}

TEST_CASE("no brace stands between an await and its semicolon") {
    CHECK(breaches(all_code(), [](const File&, const std::string& line) {
              const auto code = without_comment(line);
              const auto await = code.find("co_await ");
              return await != std::string::npos && code.find('{', await) < code.find(';', await);
          }) == "");
}

TEST_CASE("no statement has two awaits") {
    CHECK(breaches(all_code(), [](const File&, const std::string& line) {
              const auto code = without_comment(line);
              const auto first = code.find("co_await ");
              if (first == std::string::npos) return false;
              return code.find("co_await ", first + 1) < code.find(';', first);
          }) == "");
}

TEST_CASE("no folder includes what points the wrong way") {
    CHECK(breaches(own_code(), [](const File& file, const std::string& line) {
              const auto name = included(line);
              if (line.find('"') == std::string::npos || name.find('/') == std::string::npos) {
                  return false;
              }
              const auto folder = folder_of(file.path);
              const auto other = fs::path(name).parent_path().string();
              return other != folder && allowed_includes.at(folder).count(other) == 0;
          }) == "");
}

// Takes away, again and again, the folders that need no other one; what stays is a circle.
TEST_CASE("no folders include each other in a circle") {
    auto left = allowed_includes;
    for (bool changed = true; changed;) {
        changed =
            std::erase_if(left, [&left](const auto& folder) {
                return std::none_of(folder.second.begin(), folder.second.end(),
                                    [&left](const auto& other) { return left.count(other) > 0; });
            }) > 0;
    }
    std::string circle;
    for (const auto& [folder, others] : left) circle += folder + " ";
    CHECK(circle == "");
}

TEST_CASE("every folder says in a README.md what lives in it, and has at most 22 units") {
    std::map<std::string, std::set<std::string>> units;
    for (const auto& file : own_code()) {
        const fs::path path = file.path;
        units[path.parent_path().string()].insert(path.stem().string());
    }
    std::string text;
    for (const auto& [folder, names] : units) {
        if (names.size() > 22) text += folder + ": " + std::to_string(names.size()) + " units\n";
        if (!fs::exists(fs::path(NIGHTSHIFT_SOURCE_DIR) / folder / "README.md")) {
            text += folder + ": no README.md\n";
        }
    }
    CHECK(text == "");
}

TEST_CASE("only the folder that owns a library includes it") {
    CHECK(breaches(own_code(), [](const File& file, const std::string& line) {
              const auto name = included(line);
              for (const auto& [library, users] : library_users) {
                  if (name.rfind(library, 0) != 0) continue;
                  if (users.count(top_of(folder_of(file.path))) == 0) return true;
              }
              return name == "boost/asio.hpp";
          }) == "");
}

TEST_CASE("no line is longer than 100 columns") {
    CHECK(breaches(all_code(), [](const File&, const std::string& line) {
              const auto columns = std::count_if(line.begin(), line.end(), [](char c) {
                  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
              });
              return columns > 100 && line.find("R\"") == std::string::npos;
          }) == "");
}

TEST_CASE("no file of the program is longer than 600 lines") {
    std::string text;
    for (const auto& file : own_code()) {
        if (file.lines.size() > 600) text += file.path + "\n";
    }
    CHECK(text == "");
}

TEST_CASE("every file of the program begins with a comment or its own header") {
    std::string text;
    for (const auto& file : own_code()) {
        if (file.lines.empty()) continue;
        const auto& first = file.lines.front();
        const bool own_header = fs::path(included(first)).stem() == fs::path(file.path).stem();
        if (first.rfind("//", 0) != 0 && !own_header) text += file.path + "\n";
    }
    CHECK(text == "");
}

TEST_CASE("nothing of the program is marked as unfinished") {
    const std::string mark = std::string("TO") + "DO";
    CHECK(breaches(all_code(), [&](const File&, const std::string& line) {
              return line.find(mark) != std::string::npos;
          }) == "");
}

TEST_CASE("nothing but the command line and the screens prints") {
    CHECK(breaches(own_code(), [](const File& file, const std::string& line) {
              const auto folder = top_of(folder_of(file.path));
              if (folder == "cli" || folder == "screen") return false;
              return line.find("std::cout") != std::string::npos ||
                     line.find("std::cerr") != std::string::npos ||
                     line.find("fmt::print(") != std::string::npos;
          }) == "");
}

// Two types of one name in one namespace are one type to the linker, which takes either's code.
TEST_CASE("no type is defined in two headers") {
    static const std::regex opening(R"(^namespace ([a-z_:]+) \{)");
    static const std::regex definition(
        R"(^(struct|class|enum class) ([A-Za-z0-9_]+)( final)?( : .*)? \{)");
    std::map<std::string, std::set<std::string>> places;
    for (const auto& file : all_code()) {
        if (!file.path.ends_with(".hpp")) continue;
        std::string space;
        std::smatch match;
        for (const auto& line : file.lines) {
            if (std::regex_search(line, match, opening)) space = match[1];
            if (std::regex_search(line, match, definition)) {
                places[space + "::" + match[2].str()].insert(file.path);
            }
        }
    }
    std::string text;
    for (const auto& [name, files] : places) {
        if (files.size() < 2) continue;
        text += name + ":";
        for (const auto& file : files) text += " " + file;
        text += "\n";
    }
    CHECK(text == "");
}
