// The samples that are more than one file each, as a user runs them.

#include "test_paths.hpp"
#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <set>

using namespace nightshift::test;
namespace fs = std::filesystem;

namespace {

const std::string samples = NIGHTSHIFT_SOURCE_DIR "/samples/";

}  // namespace

TEST_CASE("the sample script makes a dataset of a thousand tasks, which runs") {
    const ScratchFolder folder;
    const auto rows = folder.path() / "rows.jsonl";
    const auto command =
        "python3 -B '" + samples + "dataset/make_rows.py' >'" + rows.string() + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    std::set<std::string> ids;
    for (const auto& row : read_jsonl(rows)) ids.insert(row["id"]);
    CHECK(ids.size() == 1000);
    CHECK(run(folder.path(), {"check", "rows.jsonl"}).exit_code == 0);

    const auto ended = run(folder.path(), {"run", "rows.jsonl", "--sandbox", "-o", "d", "--limit",
                                           "60", "--sandbox-speed", "20"});
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    const auto ledger = read_jsonl(folder.path() / "d/ledger.jsonl");
    CHECK(ledger.size() == 60);
    for (const auto& line : ledger) {
        CHECK(line["state"] == "succeeded");
        const auto answer = nlohmann::json::parse(line["text"].get<std::string>());
        CHECK(answer.contains("question"));
    }
}

TEST_CASE("the sample of a video night runs as it lies, its files in folders by tag") {
    const ScratchFolder folder;
    const auto manifest = samples + "video_night/night.jsonl";
    CHECK(run(folder.path(), {"check", manifest, "--budget", "30"}).exit_code == 0);
    const auto ended = run(folder.path(), {"run", manifest, "--sandbox", "-o", "d",
                                           "--sandbox-speed", "50", "--poll-interval", "0.05"});
    CAPTURE(ended.err);
    REQUIRE(ended.exit_code == 0);
    CHECK(fs::is_regular_file(folder.path() / "d/outputs/开场/雾中小马.mp4"));
    CHECK(fs::is_regular_file(folder.path() / "d/outputs/海报/海报.png"));
    for (const auto& line : read_jsonl(folder.path() / "d/ledger.jsonl")) {
        CAPTURE(line["id"].get<std::string>());
        const auto path = line["outputs"][0]["path"].get<std::string>();
        CHECK(path.starts_with("outputs/" + line["tags"][0].get<std::string>() + "/" +
                               line["id"].get<std::string>() + "."));
        CHECK(fs::is_regular_file(folder.path() / "d" / path));
        CHECK(line["cost"].get<double>() > 0);
    }
    CHECK(run(folder.path(), {"verify", "d"}).exit_code == 0);
    fs::rename(folder.path() / "d/outputs/开场", folder.path() / "d/outputs/opening");
    const auto verified = run(folder.path(), {"verify", "d"});
    CHECK(verified.exit_code == 0);
    CHECK(verified.err.find("now outputs/opening/雾中小马.mp4") != std::string::npos);
}

TEST_CASE("a pattern of output files without the id is refused, with the place") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    folder.file("nightshift.toml", "[run]\noutputs = \"{tag}/x\"\n");
    const auto ended = run(folder.path(), {"run", "m.jsonl", "--sandbox"});
    CHECK(ended.exit_code == 2);
    CHECK(ended.err.find("nightshift.toml:2:11: \"outputs\": its last step has no {id}") !=
          std::string::npos);
}
