// Killed at any moment and started again: what is paid is kept, what is accepted is polled.

#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <map>
#include <semaphore>

using namespace nightshift::test;
using nlohmann::json;

namespace {

const std::string video_line = R"({"id":"v","model":"happyhorse-1.0-t2v","prompt":"p"})";

Canned of(const std::string& body) {
    return {200, {{"Content-Type", "application/json"}}, body};
}

int posts(const ReplayServer& server) {
    const auto seen = server.seen();
    return static_cast<int>(
        std::count_if(seen.begin(), seen.end(), [](const Seen& s) { return s.method == "POST"; }));
}

}  // namespace

TEST_CASE("killed in the middle of its videos, the same command ends well and pays each once") {
    const ScratchFolder folder;
    std::string lines;
    for (int i = 0; i < 6; ++i) {
        lines += R"({"id":"v)" + std::to_string(i) +
                 R"(","model":"happyhorse-1.0-t2v","prompt":"p)" + std::to_string(i) + "\"}\n";
    }
    folder.file("m.jsonl", lines);
    const std::vector<std::string> command = {"run", "m.jsonl", "--sandbox"};
    {
        Program program(folder.path(), command);
        // Its own books say when everything was accepted.
        const auto books = folder.path() / "m.sandbox.run/.nightshift/sandbox";
        for (int submitted = 0; submitted < 6;) {
            const auto status = run(folder.path(), {"status", "m.sandbox.run", "--json"});
            const auto parsed = json::parse(status.out, nullptr, false);
            submitted = parsed.is_object() ? parsed["counts"]["submitted"].get<int>() +
                                                 parsed["counts"]["succeeded"].get<int>()
                                           : 0;
        }
        program.signal(SIGKILL);
        CHECK(program.wait().exit_code == 128 + SIGKILL);
    }
    const auto ended = run(folder.path(), command);
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    const auto ledger = read_jsonl(folder.path() / "m.sandbox.run/ledger.jsonl");
    CHECK(ledger.size() == 6);
    for (const auto& line : ledger) {
        CHECK(line["state"] == "succeeded");
        CHECK(line["attempts"] == 1);
        CHECK(line["maybe_billed"] == 0);
    }
}

TEST_CASE("fault row 5: an accepted video is polled after a kill, never submitted again") {
    const ScratchFolder folder;
    folder.file("m.jsonl", video_line);
    std::counting_semaphore<100> polled{0};
    bool done = false;
    std::string base_url;
    ReplayServer server([&](const Seen& request) {
        if (request.method == "POST")
            return of(R"({"id":"task_1","task_id":"task_1","status":"queued"})");
        if (request.target.find("/results/") == 0) {
            return Canned{200,
                          {{"Content-Type", "video/mp4"}},
                          std::string("\0\0\0\x18"
                                      "ftypisom\0\0\x02\0isomiso2\0\0\0\x08mdat",
                                      32)};
        }
        polled.release();
        if (!done) return of(R"({"id":"task_1","status":"in_progress"})");
        return of(R"({"id":"task_1","status":"completed","metadata":{"url":")" + base_url +
                  R"(/results/x.mp4"}})");
    });
    base_url = server.base_url();
    const auto environment = pointing_at(base_url);
    const std::vector<std::string> command = {"run", "m.jsonl", "--poll-interval", "0.02"};
    for (int round = 0; round < 3; ++round) {
        Program program(folder.path(), command, environment);
        polled.acquire();
        program.signal(SIGKILL);
        program.wait();
    }
    done = true;
    const auto ended = run(folder.path(), command, environment);
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(posts(server) == 1);
    CHECK(read_jsonl(folder.path() / "m.run/ledger.jsonl").size() == 1);
}

TEST_CASE("fault row 3: killed before the answer, a video is held, and only a yes sends it again") {
    const ScratchFolder folder;
    folder.file("m.jsonl", video_line);
    std::binary_semaphore asked{0}, answer{0};
    ReplayServer server([&](const Seen&) {
        asked.release();
        answer.acquire();
        return of(R"({"id":"task_1"})");
    });
    const auto environment = pointing_at(server.base_url());
    {
        Program program(folder.path(), {"run", "m.jsonl"}, environment);
        asked.acquire();
        program.signal(SIGKILL);
        program.wait();
    }
    answer.release();
    const auto ended = run(folder.path(), {"run", "m.jsonl"}, environment);
    CHECK(ended.exit_code == 3);
    CHECK(posts(server) == 1);
    const auto line = read_jsonl(folder.path() / "m.run/ledger.jsonl").front();
    CHECK(line["state"] == "held");
    CHECK(line["error"]["kind"] == "ambiguous_submit");
    CHECK(line["maybe_billed"] == 1);
    CHECK(line["attempts"] == 1);
    const auto asked_again = run(folder.path(), {"retry", "m.run", "--held"});
    CHECK(asked_again.exit_code == 2);
    CHECK(asked_again.err.find("twice") != std::string::npos);
    CHECK(run(folder.path(), {"show", "m.run", "v"}).out.find("  no reply  ") != std::string::npos);
    const auto why = "nightshift status m.run --by kind says why";
    CHECK(run(folder.path(), {"status", "m.run"}).out.find(why) != std::string::npos);
    const auto by_kind = run(folder.path(), {"status", "m.run", "--by", "kind"}).out;
    CHECK(by_kind.find("ambiguous_submit") != std::string::npos);
    CHECK(by_kind.find(why) == std::string::npos);
}

TEST_CASE("fault row 3: killed before the answer, a text is sent again and may be billed") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    std::binary_semaphore asked{0}, answer{0};
    int given = 0;
    ReplayServer server([&](const Seen&) {
        if (given++ == 0) {
            asked.release();
            answer.acquire();
        }
        return chat_reply();
    });
    const auto environment = pointing_at(server.base_url());
    {
        Program program(folder.path(), {"run", "m.jsonl"}, environment);
        asked.acquire();
        program.signal(SIGKILL);
        program.wait();
    }
    answer.release();
    CHECK(
        run(folder.path(), {"run", "-o", "m.run", "--retry-base", "0.01"}, environment).exit_code ==
        0);
    const auto line = read_jsonl(folder.path() / "m.run/ledger.jsonl").front();
    CHECK(line["attempts"] == 2);
    CHECK(line["maybe_billed"] == 1);
    CHECK(posts(server) == 2);
}

TEST_CASE("fault row 9: a torn ledger is mended from the queue: every line once") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    run(folder.path(), {"run", "m.jsonl"}, environment);
    const auto path = folder.path() / "m.run/ledger.jsonl";
    const auto whole = read_file(path);

    std::filesystem::resize_file(path, whole.size() - 7);
    run(folder.path(), {"run", "m.jsonl"}, environment);
    CHECK(read_file(path) == whole);

    folder.file("m.run/ledger.jsonl", whole + "{\"torn");
    run(folder.path(), {"run", "m.jsonl"}, environment);
    CHECK(read_file(path) == whole);
}

TEST_CASE("fault row 61: a download that was cut goes on where it stopped") {
    const ScratchFolder folder;
    folder.file("m.jsonl", video_line);
    const auto clip = std::string(
                          "\0\0\0\x18"
                          "ftypisom\0\0\x02\0isomiso2",
                          24) +
                      std::string("\0\0\x10\x08mdat", 8) + std::string(4096, 'x');
    std::string base_url, range;
    int fetched = 0;
    ReplayServer server([&](const Seen& request) {
        if (request.method == "POST") return of(R"({"id":"task_1","status":"queued"})");
        if (request.target.find("/results/") != 0) {
            return of(R"({"id":"task_1","status":"completed","metadata":{"url":")" + base_url +
                      R"(/results/x.mp4"}})");
        }
        if (fetched++ == 0) {
            Canned cut{200, {{"ETag", "\"1\""}}, clip.substr(0, 1000)};
            cut.close_early = true;
            cut.promised = clip.size();
            return cut;
        }
        range = request.headers.count("range") > 0 ? request.headers.at("range") : "";
        const auto rest = clip.substr(1000);
        return Canned{206,
                      {{"ETag", "\"1\""},
                       {"Content-Range", "bytes 1000-" + std::to_string(clip.size() - 1) + "/" +
                                             std::to_string(clip.size())}},
                      rest};
    });
    base_url = server.base_url();
    const auto ended =
        run(folder.path(), {"run", "m.jsonl", "--poll-interval", "0.02", "--retry-base", "0.01"},
            pointing_at(base_url));
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(range == "bytes=1000-");
    CHECK(read_file(folder.path() / "m.run/outputs/v.mp4") == clip);
}
