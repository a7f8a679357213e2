// Rows 78 and 81: few descriptors, a slow disk under the log.

#include "base/log_file.hpp"
#include "cli/input/fd_budget.hpp"
#include "test_paths.hpp"
#include "tests/fakes/virtual_world.hpp"
#include "tests/faults/local.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace nightshift;
using namespace nightshift::test;

namespace {

std::vector<std::string> with_limit(const std::string& soft_and_hard) {
    return {"/usr/bin/prlimit", "--nofile=" + soft_and_hard};
}

// A named pipe whose reader does not read, and which holds one page.
class StuckPipe {
public:
    explicit StuckPipe(const std::filesystem::path& path) {
        REQUIRE(mkfifo(path.c_str(), 0600) == 0);
        fd_ = open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
        fcntl(fd_, F_SETPIPE_SZ, 4096);
    }
    ~StuckPipe() { close(fd_); }
    // What has arrived, and whatever else arrives within the patience until `until` is in it.
    std::string read_until(const std::string& until) {
        std::string text;
        pollfd ready{fd_, POLLIN, 0};
        while (text.find(until) == std::string::npos && poll(&ready, 1, 10'000) > 0) {
            char block[4096];
            const auto size = read(fd_, block, sizeof block);
            if (size > 0) text.append(block, static_cast<std::size_t>(size));
        }
        return text;
    }

private:
    int fd_ = -1;
};

}  // namespace

TEST_CASE("fault row 78: the soft limit is raised, and nothing is said") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(40));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto ended = run(folder.path(), {"run", "m.jsonl", "--progress", "plain"},
                           pointing_at(server.base_url()), with_limit("64:4096"));
    CHECK(ended.exit_code == 0);
    CHECK(ended.err.find("ulimit") == std::string::npos);
}

TEST_CASE("fault row 78: 64 descriptors are enough for a run of everything, told once") {
    const ScratchFolder folder;
    const std::string samples = "quickstart.jsonl";  // the run directory lies beside it
    folder.file(samples, read_file(std::string(NIGHTSHIFT_SOURCE_DIR) + "/samples/" + samples));
    for (const bool rehearsal : {true, false}) {
        CAPTURE(rehearsal);
        folder.file("m.jsonl", chat_lines(300));
        ReplayServer server([](const Seen&) { return chat_reply(); });
        const auto environment =
            rehearsal ? std::map<std::string, std::string>{} : pointing_at(server.base_url());
        const auto ended = run(folder.path(),
                               rehearsal ? std::vector<std::string>{"run", samples, "--sandbox"}
                                         : std::vector<std::string>{"run", "m.jsonl"},
                               environment, with_limit("64:64"));
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 0);
        const auto warning = ended.err.find("only 64 files may be open here (ulimit -n)");
        CHECK(warning != std::string::npos);
        CHECK(ended.err.find("ulimit", warning + 60) == std::string::npos);
        const auto dir = folder.path() / (rehearsal ? "quickstart.sandbox.run" : "m.run");
        CHECK(std::filesystem::exists(dir / "ledger.jsonl"));
        for (const auto& line : read_jsonl(dir / "ledger.jsonl")) {
            CHECK(line["attempts"] == 1);
            CHECK(line["maybe_billed"] == 0);
        }
        const auto log = read_file(dir / ".nightshift/log");
        CHECK(log.find("again ") == std::string::npos);
        CHECK(log.find("descriptor") == std::string::npos);
    }
}

TEST_CASE("whatever few descriptors there are, a run succeeds or says at once what it needs") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    int succeeded = 0;
    for (int limit = 8; limit <= 48; limit += 2) {
        const auto text = std::to_string(limit);
        const auto ended = run(folder.path(), {"run", "m.jsonl", "-o", text, "--sandbox"}, {},
                               with_limit(text + ":" + text));
        CAPTURE(limit);
        CAPTURE(ended.err);
        succeeded += ended.exit_code == 0 ? 1 : 0;
        if (ended.exit_code == 0) continue;
        CHECK(ended.exit_code == 7);
        CHECK(ended.err.find("raise the limit (ulimit -n)") != std::string::npos);
        CHECK(ended.err.find('\n') == ended.err.size() - 1);
        CHECK_FALSE(std::filesystem::exists(folder.path() / text));
    }
    CHECK(succeeded >= 2);
}

// Below 70 MiB a library that is loaded before the program begins ends it.
TEST_CASE("fault row 116: whatever memory there is, a command succeeds or ends with 7 and a line") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    REQUIRE(run(folder.path(), {"run", "m.jsonl", "-o", "x.run", "--sandbox"}).exit_code == 0);
    int succeeded = 0;
    for (int mebibytes = 70; mebibytes <= 400; mebibytes += 10) {
        const std::vector<std::string> limit = {
            "/usr/bin/prlimit", "--core=0", "--as=" + std::to_string(mebibytes * 1024ll * 1024)};
        const auto dir = std::to_string(mebibytes) + ".run";
        for (const std::vector<std::string>& words : {std::vector<std::string>{"check", "m.jsonl"},
                                                      {"status", "x.run"},
                                                      {"run", "m.jsonl", "-o", dir, "--sandbox"}}) {
            const auto ended = run(folder.path(), words, {}, limit);
            CAPTURE(mebibytes);
            CAPTURE(words.front());
            CAPTURE(ended.err);
            succeeded += ended.exit_code == 0 ? 1 : 0;
            if (ended.exit_code == 0) continue;
            CHECK(ended.exit_code == 7);
            CHECK(ended.err.find("no memory, thread or file descriptor is left here") !=
                  std::string::npos);
        }
        const bool began = std::filesystem::exists(folder.path() / dir / ".nightshift/queue.db");
        if (mebibytes % 50 == 0 && began) {  // nothing is lost by it
            CHECK(run(folder.path(), {"run", "-o", dir, "--sandbox"}).exit_code == 0);
            CHECK(read_jsonl(folder.path() / dir / "ledger.jsonl").size() == 3);
        }
    }
    CHECK(succeeded > 60);
}

TEST_CASE("fault row 78: what a limit allows is planned beforehand") {
    using cli::plan_descriptors;
    CHECK(plan_descriptors(1 << 20, 12, 64, false).concurrency == 64);
    CHECK(plan_descriptors(1 << 20, 12, 64, false).connections == 96);
    for (const long limit : {16L, 64L, 128L, 256L, 1024L}) {
        for (const bool loopback : {false, true}) {
            const auto plan = plan_descriptors(limit, 12, 1000, loopback);
            CHECK(plan.concurrency >= 1);
            CHECK(plan.connections >= 1);
            CHECK(plan.connections == plan.concurrency);  // no room for idle ones
            const long each = loopback ? 5 : 4;
            CHECK((plan.concurrency == 1 || 12 + 20 + each * plan.concurrency <= limit));
            CHECK(cli::descriptor_warning(plan, limit, 1000).find("instead of 1000") !=
                  std::string::npos);
        }
    }
}

TEST_CASE("fault row 78: a limit of 20,000 files is enough for 10,000 requests in flight") {
    CHECK(cli::plan_descriptors(20'000, 12, 10'000, false).concurrency == 10'000);
    // Half of them may download: a connection each, and a part file.
    const auto most = cli::plan_descriptors(20'000, 12, 100'000, false);
    CHECK(most.concurrency <= 20'000 * 2 / 3);
    CHECK(most.connections == most.concurrency);
}

TEST_CASE("fault row 78: our own lack of descriptors is not held against the gateway") {
    int left = 200;  // refusals: over more than the minute after which exit 5 would come
    Night night;
    night.tasks = {{"a"}};
    night.options.retry.base_s = 1;
    night.gateway = [&](const Exchange&) {
        return left-- > 0 ? no_reply(http::Trouble::local, false) : good_chat();
    };
    const auto ran = live_through(night);
    CHECK(ran.stop.cause == StopCause::none);
    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(nlohmann::json::parse(ran.ledger.at("a"))["attempts"] == 1);
    CHECK(ran.seconds > 60);
}

TEST_CASE("fault row 81: a log that takes no byte neither holds the run up nor its end") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(300));
    std::filesystem::create_directories(folder.path() / "m.run/.nightshift");
    StuckPipe log(folder.path() / "m.run/.nightshift/log");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto before = std::chrono::steady_clock::now();
    const auto ended = run(folder.path(), {"run", "m.jsonl"}, pointing_at(server.base_url()));
    CHECK(ended.exit_code == 0);
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(15));
    CHECK(server.seen().size() == 300);
}

TEST_CASE("fault row 81: what the log could not take is counted, and told where it is missing") {
    const ScratchFolder folder;
    const auto path = folder.path() / "log";
    StuckPipe pipe(path);
    cli::LineWriter writer(
        path, {.file_bytes = 1 << 20, .files = 1, .backlog_bytes = 10'000, .drain_s = 5});
    const std::string line(999, 'x');
    for (int i = 0; i < 100; ++i) writer.write(line + "\n");  // none of them waits
    const auto text = pipe.read_until("dropped here\n");
    CHECK(text.find("lines were dropped here\n") != std::string::npos);
    writer.write("after\n");
    CHECK(pipe.read_until("after\n").find("after\n") != std::string::npos);
}

TEST_CASE("fault row 81: a log rotates by size and keeps so many") {
    const ScratchFolder folder;
    const auto path = folder.path() / "log";
    for (int i = 0; i < 6; ++i) {
        cli::LineWriter writer(path,
                               {.file_bytes = 10, .files = 2, .backlog_bytes = 1000, .drain_s = 5});
        writer.write("line number " + std::to_string(i) + "\n");
    }
    CHECK(read_file(path) == "line number 5\n");
    CHECK(read_file(path.string() + ".1") == "line number 4\n");
    CHECK(read_file(path.string() + ".2") == "line number 3\n");
    CHECK_FALSE(std::filesystem::exists(path.string() + ".3"));
    const auto mode = std::filesystem::status(path).permissions();
    CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}
