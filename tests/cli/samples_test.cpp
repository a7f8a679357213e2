// Every sample is a good manifest, and every request of the gateway's own document passes through
// byte for byte.

#include "tests/manifest/manifest_fixture.hpp"

#include "cli/input/config_file.hpp"
#include "json/json_scan.hpp"
#include "test_paths.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

using namespace nightshift;
using namespace nightshift::test;

namespace {

const std::string samples = NIGHTSHIFT_SOURCE_DIR "/samples/";

}  // namespace

TEST_CASE("every sample is valid, and no sample has a warning but the seed's own") {
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(samples)) {
        if (entry.path().extension() != ".jsonl") continue;
        // Data of recipes, and what they expand to: tests/recipe reads them.
        if (entry.path().string().find("/recipes/") != std::string::npos) continue;
        CAPTURE(entry.path().string());
        const auto taken = take({entry.path().string()});
        ++files;

        CHECK(taken.stats.bad_lines == 0);
        CHECK(taken.stats.tasks == taken.stats.lines);
        if (entry.path().filename() == "seed.jsonl") {
            CHECK(taken.text() ==
                  "seed.jsonl:19:180: the thinking budget (8192) is not below "
                  "max_tokens (4096), which the model refuses; raise max_tokens or "
                  "lower the budget\n");
        } else {
            CHECK(taken.text() == "");
        }
    }
    CHECK(files >= 10);
}

TEST_CASE("the sample of a video night has a price for every model and a limit for every video") {
    std::vector<Problem> problems;
    const auto config =
        read_config(samples + "video_night/nightshift.toml", endpoint_words(), problems);
    CHECK(problems.empty());
    CHECK(config.run.budget.has_value());
    for (const auto& task : take({samples + "video_night/night.jsonl"}).tasks) {
        CAPTURE(task.model);
        CHECK(config.price_of(task.model) != nullptr);
        const bool video = task.endpoint.starts_with("video");
        CHECK((!video || config.limit_of(task.endpoint, task.model) != nullptr));
    }
}

TEST_CASE("the sample of an endpoint has tasks of that endpoint only") {
    for (const auto& word : endpoint_words()) {
        const auto taken = take({samples + word + ".jsonl"});
        CHECK(!taken.tasks.empty());
        for (const auto& task : taken.tasks) CHECK(task.endpoint == word);
    }
}

TEST_CASE("the quickstart has all seven endpoints, both shapes of line and three speech models") {
    const auto taken = take({samples + "quickstart.jsonl"});

    std::set<std::string> found, speech;
    for (const auto& task : taken.tasks) {
        found.insert(task.endpoint);
        if (task.endpoint == "audio_speech") speech.insert(task.model);
    }
    CHECK(found.size() == 7);
    CHECK(speech.size() == 3);
}

TEST_CASE("the seed's requests are sent byte for byte") {
    const std::string text = contents_of(samples + "seed.jsonl");
    const auto taken = take({samples + "seed.jsonl"});

    REQUIRE(taken.tasks.size() == 19);
    std::size_t begin = 0;
    for (const auto& task : taken.tasks) {
        const std::size_t end = text.find('\n', begin);
        const std::string line = text.substr(begin, end - begin);
        begin = end + 1;
        const auto place = json_at(line, "/body");
        REQUIRE(place.has_value());
        CHECK(task.body == place->value);
        CHECK(line.find("\"url\": \"" + task.path + "\"") != std::string::npos);
    }
}

TEST_CASE("requests pasted from the seed over several lines keep their bytes, too") {
    // As the document has it, in a create document that spans lines.
    const std::string body =
        "{\n\"model\": \"claude-sonnet-4-6\",\n\"max_tokens\": 1024,\n"
        "\"messages\": [\n"
        "{\"role\": \"user\", \"content\": \"请用一句话介绍你自己\"}\n]\n}";
    TemporaryFolder folder;

    const auto taken = take({folder.file(
        "d.json", "{\"requests\": [{\"custom_id\": \"a\", \"params\": " + body + "}]}\n")});

    REQUIRE(taken.tasks.size() == 1);
    CHECK(taken.tasks[0].body == body);
}
