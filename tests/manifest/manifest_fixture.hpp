// What the manifest's tests share: the endpoints of schemas/, one parsed line, temporary files.

#pragma once

#include "manifest/intake.hpp"
#include "manifest/line.hpp"
#include "test_paths.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::test {

inline std::string contents_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE_MESSAGE(file.good(), path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline const std::vector<std::string>& endpoint_words() {
    static const std::vector<std::string> words = {
        "messages", "chat_completions",  "generate_content", "image_generations",
        "videos",   "video_generations", "audio_speech"};
    return words;
}

inline const EndpointTable& endpoints() {
    static const std::vector<std::string> texts = [] {
        std::vector<std::string> read;
        for (const auto& word : endpoint_words()) {
            read.push_back(contents_of(NIGHTSHIFT_SOURCE_DIR "/schemas/" + word + ".json"));
        }
        return read;
    }();
    static const EndpointTable table(std::vector<std::string_view>(texts.begin(), texts.end()));
    return table;
}

// Refuses what a public http(s) link is not, roughly as http::problem_of_media_url does.
inline std::string toy_media_problem(std::string_view url) {
    const auto has = [url](std::string_view part) { return url.find(part) != url.npos; };
    if (url.substr(0, 8) != "https://" && url.substr(0, 7) != "http://") {
        return "is not an http(s) link";
    }
    if (has("//127.") || has("//10.") || has("//localhost")) return "is a private address";
    return {};
}

inline LineOptions toy_options() {
    LineOptions options;
    options.problem_of_media_url = toy_media_problem;
    return options;
}

struct Parsed {
    bool good = false;
    ManifestTask task;
    std::vector<Problem> problems;

    // Every problem as text, one a line; errors only, or warnings only.
    std::string text(bool warnings = false) const {
        std::string all;
        for (const auto& problem : problems) {
            if (problem.warning == warnings) all += problem.text() + '\n';
        }
        return all;
    }
};

inline Parsed parse_line(const std::string& line, LineOptions options = toy_options()) {
    LineParser parser(endpoints(), std::move(options));
    Parsed parsed;
    const std::string padded = line + std::string(64, '\0');
    parsed.good = parser.parse({std::string_view(padded).substr(0, line.size()), 1, 1}, parsed.task,
                               parsed.problems);
    return parsed;
}

// The task of a line that must be good.
inline ManifestTask task_of(const std::string& line, LineOptions options = toy_options()) {
    Parsed parsed = parse_line(line, std::move(options));
    REQUIRE_MESSAGE(parsed.good, line << '\n' << parsed.text());
    return std::move(parsed.task);
}

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "manifest-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string file(const std::string& name, std::string_view bytes) const {
        const std::string path = path_ + '/' + name;
        std::ofstream(path, std::ios::binary)
            .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return path;
    }

private:
    std::string path_;
};

// What one command takes from files.
struct Taken {
    std::vector<ManifestTask> tasks;
    std::vector<Problem> problems;
    IntakeStats stats;

    std::string text() const {
        std::string all;
        for (const auto& problem : problems) {
            Problem plain = problem;
            plain.file = std::filesystem::path(problem.file).filename();
            all += plain.text() + '\n';
        }
        return all;
    }
};

inline Taken take(const std::vector<std::string>& files, LineOptions options = toy_options()) {
    Taken taken;
    Intake intake(
        endpoints(), std::move(options),
        {[&](ManifestTask&& task, const std::string&) { taken.tasks.push_back(std::move(task)); },
         [&](Problem&& problem) { taken.problems.push_back(std::move(problem)); }});
    for (const auto& file : files) intake.read(file);
    taken.stats = intake.stats();
    return taken;
}

}  // namespace nightshift::test
