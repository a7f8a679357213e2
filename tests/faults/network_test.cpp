// The network under a run: gone for a while, cut in the middle, thin.

#include "tests/e2e/gateway.hpp"
#include "tests/fakes/own_network.hpp"
#include "tests/fakes/virtual_world.hpp"
#include "tests/faults/video_night.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <condition_variable>
#include <mutex>

using namespace nightshift;
using namespace nightshift::test;
using nlohmann::json;

namespace {

Canned said(const json& body) {
    return {200, {{"Content-Type", "application/json"}}, body.dump()};
}

std::vector<json> run_lines(const ScratchFolder& folder, const std::string& base_url,
                            std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"run", "m.jsonl", "--retry-base",    "0.05",
                                          "-j",  "4",       "--poll-interval", "0.05"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto ended = run(folder.path(), std::move(arguments), pointing_at(base_url));
    INFO(ended.err);
    CHECK(ended.exit_code != 9);
    return read_jsonl(folder.path() / "m.run/ledger.jsonl");
}

// Destroys the client's sockets that lead to `port`, as a network that is taken away does.
void destroy_sockets_to(std::uint16_t port) {
    run_tool("ss -K dst 127.0.0.1 dport = " + std::to_string(port));
}

}  // namespace

TEST_CASE(
    "fault row 51: packets dropped for ninety seconds fail nothing, and it is said since when") {
    std::vector<Job1> tasks(20);
    for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i].id = "t" + std::to_string(i);
    Night night;
    night.tasks = tasks;
    night.options.concurrency = 2;
    night.options.retry.attempts_max = 2;
    night.latency_s = 1;
    night.gateway = [](const test::Exchange& asked) {
        const bool down = asked.at_s > 3 && asked.at_s < 93;
        return down ? no_reply(http::Trouble::connect_timeout, false) : good_chat();
    };
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 20);
    CHECK(ran.seconds > 93);
    for (const auto& [id, line] : ran.ledger) CHECK(json::parse(line)["attempts"] == 1);
    // The night begins at 08:00 and an hour, UTC; what leaves after its third second is lost, which
    // is known a second later.
    const std::string since = "gateway unreachable since ";
    CHECK(std::count_if(ran.shown.begin(), ran.shown.end(), [&](const std::string& text) {
              return text.starts_with(since) && text.ends_with("; waiting");
          }) == 1);
}

TEST_CASE("fault row 51: a run whose packets are dropped for a while ends well") {
    in_own_network([] {
        const ScratchFolder folder;
        folder.file("m.jsonl", chat_lines(40));
        std::optional<BlackHole> hole;
        int posts = 0;
        ReplayServer gateway([&](const Seen&) {
            if (++posts == 10) hole.emplace();
            return chat_reply();
        });
        std::jthread healer([&] {  // TCP sends again by itself after 0.2, 0.6, 1.4 s
            while (gateway.seen().size() < 10) std::this_thread::yield();
            std::this_thread::sleep_for(std::chrono::seconds(2));
            hole.reset();
        });
        const auto lines = run_lines(folder, gateway.base_url());

        CHECK(lines.size() == 40);
        for (const auto& line : lines) {
            CHECK(line["state"] == "succeeded");
            CHECK(line["attempts"] == 1);
        }
        CHECK(gateway.seen().size() == 40);
    });
}

TEST_CASE("fault row 53: sockets destroyed under a text's POST: sent again, and it is said") {
    in_own_network([] {
        const ScratchFolder folder;
        folder.file("m.jsonl", chat_lines(1));
        int posts = 0;
        std::uint16_t port = 0;
        ReplayServer gateway([&](const Seen&) {
            if (++posts == 1) destroy_sockets_to(port);
            return chat_reply();
        });
        port = gateway.port();
        const auto lines = run_lines(folder, gateway.base_url());

        REQUIRE(lines.size() == 1);
        CHECK(lines[0]["state"] == "succeeded");
        CHECK(lines[0]["attempts"] == 2);
        CHECK(lines[0]["maybe_billed"] == 1);
        CHECK(posts == 2);
    });
}

TEST_CASE("fault row 53: sockets destroyed under a video's submit: held, never sent again") {
    in_own_network([] {
        const ScratchFolder folder;
        folder.file("m.jsonl", R"({"id":"v","model":"happyhorse-1.0-t2v","prompt":"p"})");
        int posts = 0;
        std::uint16_t port = 0;
        ReplayServer gateway([&](const Seen&) {
            ++posts;
            destroy_sockets_to(port);
            return said({{"id", "task_1"}});
        });
        port = gateway.port();
        const auto lines = run_lines(folder, gateway.base_url());

        REQUIRE(lines.size() == 1);
        CHECK(lines[0]["state"] == "held");
        CHECK(lines[0]["error"]["kind"] == "ambiguous_submit");
        CHECK(posts == 1);
    });
}

TEST_CASE(
    "fault row 53: sockets destroyed under polls and a download: the video is had all the same") {
    in_own_network([] {
        const ScratchFolder folder;
        folder.file("m.jsonl", R"({"id":"v","model":"happyhorse-1.0-t2v","prompt":"p"})");
        const auto whole = clip(4u << 20);
        std::uint16_t port = 0, store_port = 0;
        int posts = 0, polls = 0, fetches = 0;
        std::string range;
        ReplayServer store([&](const Seen& asked) {
            if (++fetches == 1) {
                Canned half{200, {{"ETag", "\"1\""}}, whole.substr(0, 1u << 20)};
                half.close_early = true;
                half.promised = whole.size();
                return half;
            }
            if (fetches == 2) destroy_sockets_to(store_port);
            range = asked.headers.at("range");
            const auto from = std::stoul(range.substr(6));
            const auto last = std::to_string(whole.size() - 1);
            return Canned{206,
                          {{"ETag", "\"1\""},
                           {"Content-Range", "bytes " + std::to_string(from) + "-" + last + "/" +
                                                 std::to_string(whole.size())}},
                          whole.substr(from)};
        });
        store_port = store.port();
        ReplayServer gateway([&](const Seen& asked) {
            if (asked.method == "POST") {
                ++posts;
                return said({{"id", "task_1"}, {"status", "queued"}});
            }
            if (++polls <= 2) destroy_sockets_to(port);
            return said(
                {{"status", "completed"}, {"metadata", {{"url", store.base_url() + "/a.mp4"}}}});
        });
        port = gateway.port();
        const auto lines = run_lines(folder, gateway.base_url());

        REQUIRE(lines.size() == 1);
        CHECK(lines[0]["state"] == "succeeded");
        CHECK(posts == 1);
        CHECK(fetches == 3);
        CHECK((read_file(folder.path() / "m.run/outputs/v.mp4") == whole));
    });
}

TEST_CASE("fault row 50: a download that is reset in the middle ends whole (stand-in gateway)") {
    const ScratchFolder folder;
    folder.file("m.jsonl", R"({"id":"v","model":"happyhorse-1.0-t2v","prompt":"p"})");
    folder.file("faults.json", R"({"rule":[{"endpoint":"results","connection":"reset_mid_reply",)"
                               R"("count":"each","calls":"1-2"}]})");
    const auto ended = run(folder.path(), {"run", "m.jsonl", "--sandbox", "--sandbox-faults",
                                           "faults.json", "--retry-base", "0.05"});
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    const auto line = read_jsonl(folder.path() / "m.sandbox.run/ledger.jsonl").at(0);
    CHECK(line["attempts"] == 1);
    const auto& output = line["outputs"][0];
    CHECK(std::filesystem::file_size(folder.path() / "m.sandbox.run" /
                                     output["path"].get<std::string>()) == output["bytes"]);
    CHECK(output["duration_s"].is_number());
}
