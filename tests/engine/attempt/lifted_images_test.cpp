// Large images from reply to output: written once, and not lost wherever a run ends.

#include "base/base64.hpp"
#include "base/bounds.hpp"
#include "base/digest.hpp"
#include "jobs/protocol/note_keys.hpp"
#include "replies/reply_log.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/fakes/large_png.hpp"
#include "tests/fakes/nights.hpp"
#include "tests/simulation/sim_disk.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using namespace nightshift::test::nights;

namespace {

const auto png = large_png(200'000);
const auto in_base64 = R"({"b64_json":")" + encode_base64(png) + R"("})";

http::Reply images_reply(const std::string& items) {
    return json_reply(200, R"({"created":1,"data":[)" + items + "]}");
}

// One task that asks for an image, on a disk that the test can look at.
struct Stage {
    Stage() {
        folders = RunFolders{folder.path()};
        folders.disk = &disk;
        night.disk = &disk;
        night.tasks = images(1);
        night.gateway = [](const Exchange&) { return images_reply(in_base64); };
    }
    std::string output(const std::string& name = "t0.png") {
        return read_whole(disk, folders.outputs() / name);
    }
    std::size_t lifted() {
        std::size_t count = 0;
        for (const auto& name : disk.list(folders.replies()))
            count += holds(name, "lifted") ? 1 : 0;
        return count;
    }
    std::string kept_reply() const {
        SqliteStore store(folders.queue(), SqliteDb::Mode::read_only);
        return store.find("t0").value().reply.value_or("");
    }

    ScratchFolder folder;
    SimDisk disk{1};
    RunFolders folders;
    Night night;
};

}  // namespace

TEST_CASE("a large image becomes an output, and its reply is kept without it") {
    Stage stage;

    const auto ran = live_through(stage.night, stage.folder);

    CHECK(count_of(ran, State::succeeded) == 1);
    CHECK(stage.output() == png);
    CHECK(line_of(ran, "t0")["outputs"][0]["width"] == 4);
    CHECK(line_of(ran, "t0")["outputs"][0]["sha256"] == sha256_hex(png));
    CHECK(stage.lifted() == 0);
    const auto words = "(" + std::to_string(png.size()) + " bytes of base64: see outputs)";
    CHECK(holds(stage.kept_reply(), words));
}

TEST_CASE("each of several large images has its own file and hash") {
    Stage stage;
    const auto other = large_png(150'001);
    stage.night.gateway = [&other](const Exchange&) {
        return images_reply(in_base64 + R"(,{"b64_json":")" + encode_base64(other) + R"("})");
    };

    const auto ran = live_through(stage.night, stage.folder);

    const auto outputs = line_of(ran, "t0")["outputs"];
    REQUIRE(outputs.size() == 2);
    CHECK(outputs[0]["sha256"] == sha256_hex(png));
    CHECK(outputs[1]["sha256"] == sha256_hex(other));
    CHECK(stage.output("t0.2.png") == other);
}

TEST_CASE("a large image that is cut short is none, and says so") {
    Stage stage;
    const auto cut = R"({"b64_json":")" + encode_base64(png.substr(0, 150'000)) + R"("})";
    stage.night.gateway = [cut](const Exchange&) { return images_reply(cut); };

    const auto ran = live_through(stage.night, stage.folder);

    CHECK(kind_of(ran, "t0") == "no_output");
    CHECK(stage.disk.list(stage.folders.outputs()).empty());
    CHECK(stage.lifted() == 0);
    CHECK(holds(stage.kept_reply(), "(150000 bytes of base64)"));
}

TEST_CASE("a large image beside a link is there when a later run fetches the link") {
    Stage stage;
    int fetched = 0;
    stage.night.gateway = [&](const Exchange& each) {
        if (each.method == "POST") {
            return images_reply(in_base64 + R"(,{"url":"https://cdn.example/1.png"})");
        }
        if (++fetched <= limits::download_tries) return no_reply(http::Trouble::reset, true);
        auto reply = json_reply(200, png);
        reply.headers = {{"content-type", "image/png"}};
        return reply;
    };

    const auto first = live_through(stage.night, stage.folder);
    CHECK(count_of(first, State::failed) == 1);
    CHECK(first.posts() == 1);
    CHECK(stage.lifted() == 0);
    {
        SqliteStore store(stage.folders.queue(), SqliteDb::Mode::read_write);
        Selection failed;
        failed.states = {State::failed};
        store.transact([&] { store.requeue(failed, 1, {}); });
    }
    const auto ran = live_through(stage.night, stage.folder);

    CHECK(count_of(ran, State::succeeded) == 1);
    CHECK(ran.posts() == 0);
    CHECK(stage.output() == png);
    CHECK(stage.output("t0.2.png") == png);
    CHECK(stage.lifted() == 0);
}

TEST_CASE("a mark that the gateway wrote is no image and stops nothing") {
    Stage stage;
    stage.night.gateway = [](const Exchange&) {
        return images_reply(R"({"b64_json":"====lifted-1-200000===="})");
    };

    const auto ran = live_through(stage.night, stage.folder);

    CHECK(kind_of(ran, "t0") == "no_output");
    CHECK(ran.stop.cause == StopCause::none);
}

TEST_CASE("of marks that the gateway wrote beside an image each counts once at most") {
    Stage stage;
    stage.night.gateway = [](const Exchange& each) {
        if (each.method != "POST") return json_reply(404, "gone");
        std::string items = in_base64;
        for (int i = 0; i < 8; ++i) items += R"(,{"b64_json":"====lifted-1-1===="})";
        return images_reply(items + R"(,{"url":"https://cdn.example/1.png"})");
    };

    const auto ran = live_through(stage.night, stage.folder);

    CHECK(count_of(ran, State::succeeded) == 1);
    CHECK(line_of(ran, "t0")["outputs"].size() == 1);
    SqliteStore store(stage.folders.queue(), SqliteDb::Mode::read_only);
    const auto task = store.find("t0");
    REQUIRE(task);
    CHECK(task->row.notes.at("paid_reply").size() < 2 * in_base64.size());
}

TEST_CASE("a disk on which files have one name gets a copy") {
    class OneName : public SimDisk {
    public:
        OneName() : SimDisk(1) {}
        bool link_new(const std::filesystem::path&, const std::filesystem::path& to) override {
            throw StorageError("create " + to.string() + ": Operation not permitted");
        }
    };
    Stage stage;
    OneName disk;
    stage.night.disk = &disk;

    const auto ran = live_through(stage.night, stage.folder);

    CHECK(count_of(ran, State::succeeded) == 1);
    CHECK(read_whole(disk, stage.folders.outputs() / "t0.png") == png);
}

TEST_CASE("wherever a run ends, an image is paid once or known to be unknown, and whole") {
    for (const auto how : {SimDisk::Crash::killed, SimDisk::Crash::power_cut}) {
        int recovered = 0;
        for (std::uint64_t change = 1; change < 60; ++change) {
            CAPTURE(static_cast<int>(how));
            CAPTURE(change);
            Stage stage;
            int posts = 0;
            stage.night.gateway = [&](const Exchange&) {
                ++posts;
                return images_reply(in_base64);
            };
            stage.night.options.resend["image_generations"] = {.all = false, .percent = 0};
            stage.disk.stop_after(change);
            try {
                live_through(stage.night, stage.folder);
            } catch (const StorageError&) {
                CHECK(stage.disk.stopped());
            }
            const bool ended = !stage.disk.stopped();
            stage.disk.crash(how);

            const auto ran = live_through(stage.night, stage.folder);

            if (count_of(ran, State::succeeded) == 1) {
                CHECK(stage.output() == png);
                recovered += posts == 1 && !ended ? 1 : 0;
            } else {
                CHECK(count_of(ran, State::held) == 1);
                CHECK(posts == 1);
            }
            CHECK(stage.lifted() == 0);
            if (ended) break;
        }
        CHECK(recovered >= 5);
    }
}
