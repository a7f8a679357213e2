// Whole runs that die anywhere: in a download, at random, for want of memory.

#include "base/digest.hpp"
#include "tests/crash/site.hpp"
#include "tests/faults/killing.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <random>
#include <semaphore>
#include <set>

using namespace nightshift::test;
namespace fs = std::filesystem;

namespace {

Canned json(const std::string& body) {
    return {200, {{"Content-Type", "application/json"}}, body};
}

// A whole MP4 as far as its boxes go.
std::string clip_of(std::size_t bytes) {
    std::string clip(
        "\0\0\0\x18"
        "ftypisom\0\0\x02\0isomiso2\0\1\x0D\x50mdat",
        32);
    std::mt19937 random(7);
    while (clip.size() < bytes) clip += static_cast<char>(random());
    return clip;
}

std::uintmax_t size_of(const fs::path& file) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    return error ? 0 : size;
}

}  // namespace

TEST_CASE("fault row 6: killed at any byte of a download, the next start goes on from there") {
    constexpr std::size_t bytes = 0x10D50 + 24;
    const ScratchFolder folder;
    folder.file("m.jsonl", R"({"id":"v","model":"happyhorse-1.0-t2v","prompt":"p"})");
    const auto clip = clip_of(bytes);
    const auto part = folder.path() / "m.run/.nightshift/parts/1-1.part";
    std::atomic<std::size_t> stop_at{0};
    std::counting_semaphore<10> go_on{0};
    std::mutex seen;
    std::vector<std::string> ranges;
    std::string base_url;
    ReplayServer server([&](const Seen& request) {
        if (request.method == "POST") return json(R"({"id":"task_1","status":"queued"})");
        if (request.target.find("/results/") != 0) {
            return json(R"({"id":"task_1","status":"completed","metadata":{"url":")" + base_url +
                        R"(/results/x.mp4"}})");
        }
        const auto range = request.headers.count("range") > 0 ? request.headers.at("range") : "";
        {
            const std::lock_guard lock(seen);
            ranges.push_back(range);
        }
        const std::size_t from = range.empty() ? 0 : std::stoul(range.substr(6));
        Canned reply{from == 0 ? 200 : 206, {{"ETag", "\"1\""}}, clip.substr(from)};
        if (from > 0) {
            reply.headers.emplace_back("Content-Range", "bytes " + std::to_string(from) + "-" +
                                                            std::to_string(bytes - 1) + "/" +
                                                            std::to_string(bytes));
        }
        if (stop_at == 0) return reply;
        reply.promised = reply.body.size();
        reply.body.resize(stop_at - from);
        reply.close_early = true;
        reply.before_close = [&] { go_on.acquire(); };
        return reply;
    });
    base_url = server.base_url();
    const auto environment = pointing_at(base_url);
    const std::vector<std::string> command = {"run", "m.jsonl", "--poll-interval", "0.02"};
    const std::vector<std::size_t> stops = {1, 5'000, 40'000};
    for (const auto stop : stops) {
        stop_at = stop;
        Program program(folder.path(), command, environment);
        while (size_of(part) < stop) {
            REQUIRE_FALSE(program.ends_within(std::chrono::milliseconds(2)));
        }
        program.signal(SIGKILL);
        program.wait();
        go_on.release();
        CHECK_FALSE(fs::exists(folder.path() / "m.run/outputs/v.mp4"));
    }
    stop_at = 0;
    const auto ended = run(folder.path(), command, environment);
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(ranges == std::vector<std::string>{"", "bytes=1-", "bytes=5000-", "bytes=40000-"});
    CHECK(read_file(folder.path() / "m.run/outputs/v.mp4") == clip);
    const auto line = read_jsonl(folder.path() / "m.run/ledger.jsonl").front();
    CHECK(line["outputs"][0]["sha256"] == nightshift::sha256_hex(clip));
    CHECK(line["attempts"] == 1);
}

TEST_CASE("fault row 13: killed at random, a mixed run loses nothing and bills nothing unflagged") {
    const ScratchFolder folder;
    const Site site(folder.path() / "site", {.tasks = 24, .seed = 13, .faults = true});
    std::mt19937 random(13);
    Findings findings;
    for (int kill = 0; kill < 12 && !findings.any(); ++kill) {
        const auto program = site.start();
        if (program->ends_within(std::chrono::milliseconds(random() % 250))) break;
        program->signal(SIGKILL);
        program->wait();
        site.judge(false, findings);
    }
    if (!findings.any()) site.finish(findings);
    CHECK(findings.texts == std::vector<std::string>{});
}

TEST_CASE("fault row 15: out of memory anywhere, the run ends or dies, and resumes") {
    const ScratchFolder folder;
    const Site site(folder.path() / "site", {.tasks = 24, .seed = 15, .faults = false});
    Findings findings;
    std::set<int> exit_codes;
    constexpr int step_kib = 2 * 1024;
    int kib = 24 * 1024;
    for (; kib < 200 * 1024 && !findings.any(); kib += step_kib) {
        const auto program =
            site.start({}, {"prlimit", "--as=" + std::to_string(kib * 1024ll), "--core=0"});
        const auto ended = program->wait();
        exit_codes.insert(ended.exit_code);
        if (ended.exit_code == 0 || ended.exit_code == 3) break;
        site.judge(false, findings);
    }
    CAPTURE(kib);
    if (!findings.any()) site.finish(findings);
    CHECK(findings.texts == std::vector<std::string>{});
    CHECK(exit_codes.size() > 1);
}
