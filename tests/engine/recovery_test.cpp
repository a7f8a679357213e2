// What a new run makes of the rows that a dead one left.

#include "jobs/protocol/note_keys.hpp"
#include "replies/reply_log.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/fakes/nights.hpp"
#include "tests/fakes/virtual_world.hpp"
#include "tests/simulation/sim_disk.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace nightshift;
using namespace nightshift::test;
using nlohmann::json;

namespace {

Job1 speech_task() {
    return {.id = "s",
            .endpoint = "audio_speech",
            .model = "qwen3-tts-flash",
            .path = "/v1/audio/speech",
            .body = R"({"model":"qwen3-tts-flash","input":"x"})"};
}

std::string wav() {
    using namespace std::string_literals;
    return "RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0"s +
           "data\x08\0\0\0"s + std::string(8, '\0');
}

http::Reply sound() {
    auto reply = json_reply(200, wav());
    reply.headers = {{"content-type", "audio/wav"}};
    return reply;
}

// The first task's POST left, and the program died; `work` is what it had written by then.
template <class Work>
void die_after_intent(const Night& night, const ScratchFolder& folder, Work work) {
    auto nothing = night;
    nothing.options.max_duration_s = 0.001;  // loads, and sends nothing
    nothing.gateway = [](const Exchange&) { return no_reply(http::Trouble::connect, false); };
    live_through(nothing, folder);
    const RunFolders folders{folder.path()};
    SqliteStore store(folders.queue(), SqliteDb::Mode::read_write);
    const auto row = store.find(night.tasks.front().id).value().row;
    store.transact([&] {
        store.intend(row.row, row.tries + 1, 1);
        work(store, row.row);
    });
    ReplyLog replies(folders);
    const auto reply = sound();
    REQUIRE(replies.keep({{row.row, row.tries + 1, &reply}}));
}

// Speech that was paid for and whose link is durable when the program dies; its reply is lost.
Night night_with_paid_link(const ScratchFolder& folder, const ScriptedTransport::Gateway& gateway) {
    Night night;
    night.tasks = {speech_task()};
    night.gateway = gateway;
    die_after_intent(night, folder, [](Store& store, std::int64_t row) {
        store.remember(row, std::string(jobs::result_link_key), "https://cdn.example/1.wav");
    });
    std::filesystem::remove_all(folder.path() / ".nightshift" / "replies");
    return night;
}

// The power goes as soon as an output has its name.
class CutByOutput : public SimDisk {
public:
    CutByOutput() : SimDisk(1) {}
    bool rename_new(const std::filesystem::path& from, const std::filesystem::path& to) override {
        const bool moved = SimDisk::rename_new(from, to);
        stop();
        return moved;
    }
};

}  // namespace

TEST_CASE("a paid link is fetched though nothing more than one request may be in flight") {
    const ScratchFolder folder;
    auto night = night_with_paid_link(folder, [](const Exchange&) { return sound(); });
    night.options.concurrency = 1;

    const auto ran = live_through(night, folder);

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(ran.posts() == 0);
}

TEST_CASE("a paid link is fetched though no further attempt is allowed") {
    const ScratchFolder folder;
    auto night = night_with_paid_link(folder, [](const Exchange&) { return sound(); });
    night.options.retry.attempts_max = 1;

    const auto ran = live_through(night, folder);

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(ran.posts() == 0);
}

TEST_CASE("a dead link fails its task and is forgotten with it") {
    const ScratchFolder folder;
    auto night =
        night_with_paid_link(folder, [](const Exchange&) { return json_reply(403, "expired"); });

    const auto ran = live_through(night, folder);

    CHECK(ran.counts.at(State::failed) == 1);
    CHECK(ran.posts() == 0);
    SqliteStore store(RunFolders{folder.path()}.queue(), SqliteDb::Mode::read_only);
    CHECK(store.find("s")->row.notes.at(std::string(jobs::result_link_key)).empty());
}

TEST_CASE("fault row 4: a reply on disk is read by the next run and nothing is asked again") {
    const ScratchFolder folder;
    Night night;
    night.tasks = {speech_task()};
    night.gateway = [](const Exchange&) { return no_reply(http::Trouble::reset, true); };
    die_after_intent(night, folder, [](Store&, std::int64_t) {});

    const auto ran = live_through(night, folder);

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(ran.seen.empty());
}

TEST_CASE("fault row 16: a reply that ended the program three times is held, others go on") {
    const ScratchFolder folder;
    Night night;
    night.tasks = {speech_task(), Job1{.id = "t"}};
    night.gateway = [](const Exchange&) { return good_chat(); };
    die_after_intent(night, folder, [](Store& store, std::int64_t row) {
        const auto tries = store.find("s").value().row.tries;
        store.remember(row, "reads", std::to_string(tries) + ":3");
    });

    const auto ran = live_through(night, folder);

    const auto line = json::parse(ran.ledger.at("s"));
    CHECK(line["state"] == "held");
    CHECK(line["error"]["code"] == "poisoned");
    CHECK(line["maybe_billed"] == 1);
    CHECK(json::parse(ran.ledger.at("t"))["state"] == "succeeded");
}

TEST_CASE("fault row 92: a wall clock that is set moves no retry and no deadline") {
    for (const std::int64_t jump_ms : {24 * 3600 * 1000LL, -2 * 3600 * 1000LL}) {
        CAPTURE(jump_ms);
        Night night;
        night.tasks = {Job1{.id = "t"}, Job1{.id = "v",
                                             .endpoint = "videos",
                                             .model = "happyhorse-1.0-t2v",
                                             .path = "/v1/videos",
                                             .body = "{}"}};
        night.options.deadline_s = 3600;
        night.wall_jumps = {{.at_s = 1, .ms = jump_ms}, {.at_s = 30, .ms = jump_ms}};
        int chats = 0;
        night.gateway = [&](const Exchange& each) {
            if (each.path == "/v1/chat/completions") {
                return ++chats < 3 ? json_reply(500, R"({"error":{"message":"x","code":"y"}})")
                                   : good_chat();
            }
            if (each.method == "POST") return json_reply(200, R"({"id":"task_1"})");
            if (each.path == "/v1/videos/task_1" && each.at_s < 300) {
                return json_reply(200, R"({"id":"task_1","status":"in_progress"})");
            }
            if (each.path == "/v1/videos/task_1") {
                return json_reply(200, R"({"id":"task_1","status":"completed"})");
            }
            return nights::clip();
        };

        const auto ran = live_through(night);

        CHECK(ran.counts.at(State::succeeded) == 2);
        CHECK(ran.seconds < 600);
    }
}

TEST_CASE("a reply that was read to its end is not what ended the program") {
    const ScratchFolder folder;
    Night night;
    night.tasks = {speech_task()};
    night.gateway = [](const Exchange&) { return sound(); };
    die_after_intent(night, folder,
                     [](Store& store, std::int64_t row) { store.remember(row, "reads", "1:2"); });

    const auto ran = live_through(night, folder);

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(ran.posts() == 0);
    const RunFolders folders{folder.path()};
    SqliteStore store(folders.queue(), SqliteDb::Mode::read_only);
    CHECK(store.find("s").value().row.notes.at("reads").empty());
}

TEST_CASE("a power cut does not leave an output whose reply is lost") {
    for (const bool text : {false, true}) {
        CAPTURE(text);
        const ScratchFolder folder;
        CutByOutput disk;
        Night night;
        night.disk = &disk;
        night.options.text_files = text;
        night.tasks = {text ? Job1{.id = "t"} : speech_task()};
        night.gateway = [text](const Exchange&) { return text ? good_chat() : sound(); };
        live_through(night, folder);
        disk.crash(SimDisk::Crash::power_cut);
        RunFolders folders{folder.path()};
        folders.disk = &disk;
        ReplyLog replies(folders);
        CHECK(replies.recover(1, 1).has_value());
    }
}
