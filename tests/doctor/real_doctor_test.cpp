// `nightshift doctor` as a user calls it, with something wrong each time.

#include "base/run_lock.hpp"
#include "files/artifact_file.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/e2e/gateway.hpp"
#include "tests/fakes/tls_front.hpp"
#include "tests/faults/local.hpp"
#include "tests/storage/store_contract.hpp"

#include <doctest/doctest.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <unistd.h>

using namespace nightshift;
using namespace nightshift::test;
using Lines = std::vector<std::string>;

namespace {

std::string http_date(std::time_t when) {
    return fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(when));
}

Canned models_reply(std::time_t clock_off_s = 0) {
    return {200,
            {{"Content-Type", "application/json"},
             {"Date", http_date(std::time(nullptr) + clock_off_s)}},
            R"({"object":"list","data":[{"id":"gpt-5.4"},{"id":"qwen3-tts-flash"}]})"};
}

// What the doctor says in `folder`; every test also holds it to never showing the key and never
// posting.
struct Visit {
    int exit_code = -1;
    std::vector<nlohmann::json> checks;
    nlohmann::json summary;
    std::string err;

    // The line of a check that is not ok, as "grade found; what to do".
    std::string about(const std::string& name) const {
        for (const auto& check : checks) {
            if (check["name"] != name || check["grade"] == "ok") continue;
            return check["grade"].get<std::string>() + " " + check["found"].get<std::string>() +
                   "; " + check["what_to_do"].get<std::string>();
        }
        return "";
    }
    Lines failed() const {
        Lines names;
        for (const auto& check : checks) {
            if (check["grade"] == "fail") names.push_back(check["name"]);
        }
        return names;
    }
};

Visit visit(const ScratchFolder& folder, Lines arguments,
            const std::map<std::string, std::string>& environment, const Lines& wrapper = {}) {
    arguments.insert(arguments.begin(), "doctor");
    arguments.emplace_back("--json");
    const auto ended = run(folder.path(), arguments, environment, wrapper);
    CHECK((ended.out + ended.err).find("CANARY") == std::string::npos);
    Visit visit{.exit_code = ended.exit_code, .checks = {}, .summary = {}, .err = ended.err};
    std::istringstream text(ended.out);
    for (std::string line; std::getline(text, line);) {
        visit.checks.push_back(nlohmann::json::parse(line));
    }
    REQUIRE_FALSE(visit.checks.empty());
    visit.summary = visit.checks.back();
    visit.checks.pop_back();
    CHECK(visit.summary["type"] == "summary");
    CHECK(visit.summary["exit_code"] == ended.exit_code);
    return visit;
}

// Against a gateway that answers every GET so.
Visit visit_of(const ScratchFolder& folder, const Canned& answer, const Lines& arguments = {},
               const Lines& wrapper = {}) {
    ReplayServer server([&](const Seen&) { return answer; });
    auto visited = visit(folder, arguments, pointing_at(server.base_url()), wrapper);
    for (const auto& seen : server.seen()) {
        CHECK(seen.method == "GET");
        CHECK(seen.target == "/v1/models");
    }
    CHECK(server.seen().size() >= 1);
    CHECK(server.seen().size() <= 2);
    return visited;
}

// A run directory with one video that the gateway has, its link good for so long.
void make_queue(const std::filesystem::path& dir, const std::string& origin,
                std::int64_t link_left_s) {
    const RunFolders folders{dir};
    make_folders(folders);
    SqliteStore store(folders.queue(), SqliteDb::Mode::read_write);
    load(store, {task_named("v")});
    store.transact([&] {
        const auto rows = claim_all(store);
        store.set_meta("origin", origin);
        store.intend(rows[0].row, 1, 1);
        store.accept({.row = rows[0].row,
                      .number = 1,
                      .started_at = 1,
                      .ended_at = 2,
                      .http_status = 200,
                      .request_id = "",
                      .verdict = "ok",
                      .code = "",
                      .message = ""},
                     "task_1");
        store.remember(rows[0].row, "link_expires_at",
                       std::to_string(std::time(nullptr) + link_left_s));
    });
}

}  // namespace

TEST_CASE("doctor: when all is well every line is ok and the exit code 0") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    const auto well = visit_of(folder, models_reply(), {"m.jsonl"});
    CHECK(well.failed() == Lines{});
    CHECK(well.exit_code == 0);
    for (const auto* name :
         {"key", "base URL", "TLS", "proxy", "clock", "latency", "models", "manifest",
          "configuration", "limits", "open files", "fsync", "SQLite", "libcurl"}) {
        CAPTURE(name);
        CHECK(std::any_of(well.checks.begin(), well.checks.end(), [&](const auto& check) {
            return check["name"] == name && check["grade"] == "ok" && check["what_to_do"].is_null();
        }));
    }
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 3);
}

TEST_CASE("doctor: its lines say ok, warn or fail, and -q leaves the good ones out") {
    const ScratchFolder folder;
    ReplayServer server([](const Seen&) { return error_reply(401, "", "new_api_error"); });
    const auto all = run(folder.path(), {"doctor"}, pointing_at(server.base_url()));
    CHECK(all.exit_code == 4);
    CHECK(all.out.find("ok    SQLite        3.") != std::string::npos);
    CHECK(all.out.find("fail  key           the gateway refused") != std::string::npos);
    const auto quiet = run(folder.path(), {"doctor", "-q"}, pointing_at(server.base_url()));
    CHECK(quiet.exit_code == 4);
    CHECK(quiet.out.find("ok  ") == std::string::npos);
    CHECK(quiet.out.find("fail  key") != std::string::npos);
}

TEST_CASE("doctor: no credentials is exit 2, and the rest is looked at all the same") {
    const ScratchFolder folder;
    const auto bare = visit(folder, {}, {});
    CHECK(bare.exit_code == 2);
    CHECK(bare.failed() == Lines{"key"});
    CHECK(bare.about("key").find("set NIGHTSHIFT_BASE_URL") != std::string::npos);
    CHECK(bare.checks.size() > 6);

    const auto half = visit(folder, {}, {{"NIGHTSHIFT_API_KEY", canary_key}});
    CHECK(half.exit_code == 2);
    const auto plain = visit(folder, {}, pointing_at("http://gateway.example"));
    CHECK(plain.exit_code == 2);
    CHECK(plain.about("base URL").find("use https://gateway.example") != std::string::npos);
}

TEST_CASE("doctor: a refused key is exit 4, even when the gateway repeats it") {
    const ScratchFolder folder;
    const auto refused =
        visit_of(folder, error_reply(401, "", "new_api_error", "Invalid token " + canary_key));
    CHECK(refused.exit_code == 4);
    CHECK(refused.failed() == Lines{"key"});
}

TEST_CASE("doctor: a key file that others may read is a warning") {
    const ScratchFolder folder;
    const auto file = folder.file("k", canary_key + "\n");
    std::filesystem::permissions(file, std::filesystem::perms(0644));
    ReplayServer server([](const Seen&) { return models_reply(); });
    const auto visited =
        visit(folder, {"--base-url", server.base_url(), "--api-key-file", "k"}, {});
    CHECK(visited.exit_code == 0);
    CHECK(visited.about("key file") == "warn k may be read by others (mode 0644); chmod 600 it");
}

TEST_CASE("doctor: a page, a redirect and a stranger's JSON are a wrong base URL, exit 5") {
    const ScratchFolder folder;
    const Canned page{200, {{"Content-Type", "text/html"}}, "<html><title>Shop</title></html>"};
    const Canned portal{302, {{"Location", "https://portal.example/"}}, ""};
    const Canned stranger{200, {{"Content-Type", "application/json"}}, R"({"hello":"world"})"};
    for (const auto& answer : {page, portal, stranger}) {
        const auto visited = visit_of(folder, answer);
        CAPTURE(answer.body);
        CHECK(visited.exit_code == 5);
        CHECK(visited.failed() == Lines{"base URL"});
    }
    CHECK(visit_of(folder, portal).about("base URL").find("https://portal.example/") !=
          std::string::npos);
}

TEST_CASE("doctor: a gateway that is only busy is a warning") {
    const ScratchFolder folder;
    const auto busy = visit_of(folder, error_reply(503, "", "new_api_error"));
    CHECK(busy.exit_code == 0);
    CHECK(busy.about("base URL").starts_with("warn "));
}

TEST_CASE("doctor: nobody at the base URL is exit 5") {
    const ScratchFolder folder;
    const auto visited = visit(folder, {}, pointing_at("http://127.0.0.1:1"));
    CHECK(visited.exit_code == 5);
    CHECK(visited.failed() == Lines{"base URL"});
    CHECK(visited.about("base URL").find("connect") != std::string::npos);
}

TEST_CASE("doctor: a certificate that nobody vouches for is exit 5") {
    const ScratchFolder folder;
    ReplayServer gateway([](const Seen&) { return models_reply(); });
    const Identity stranger;
    const TlsFront front(stranger, {.to = gateway.port()});
    const auto visited =
        visit(folder, {}, pointing_at("https://127.0.0.1:" + std::to_string(front.port())));
    CHECK(visited.exit_code == 5);
    CHECK(visited.failed() == Lines{"TLS"});
    CHECK(visited.about("TLS").find("self-signed certificate") != std::string::npos);
    CHECK(gateway.seen().empty());
}

TEST_CASE("doctor: a proxy that refuses is named, without its password") {
    const ScratchFolder folder;
    ReplayServer proxy([](const Seen&) { return Canned{403, {}, "no"}; });
    auto environment = pointing_at("https://gateway.example");
    const auto host = "127.0.0.1:" + std::to_string(proxy.port());
    environment["https_proxy"] = "http://night:CANARY-owl@" + host;
    const auto visited = visit(folder, {}, environment);
    CHECK(visited.exit_code == 5);
    CHECK(visited.failed() == Lines{"proxy"});
    CHECK(visited.about("proxy").find("http://" + host) != std::string::npos);
}

TEST_CASE("doctor: a clock that differs from the server's is a warning") {
    const ScratchFolder folder;
    CHECK(visit_of(folder, models_reply(3610)).about("clock").starts_with("warn 1h00m behind"));
    CHECK(visit_of(folder, models_reply(-3600)).about("clock").find(" ahead of") !=
          std::string::npos);
    CHECK(visit_of(folder, models_reply(0)).about("clock") == "");
}

TEST_CASE("doctor: a misspelt model and a bad line of a manifest are exit 2, with their places") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1) +
                               R"({"id":"s","model":"qwen3-tts-flsh","endpoint":"audio_speech",)"
                               R"("input":"x","voice":"Cherry"})"
                               "\n");
    const auto visited = visit_of(folder, models_reply(), {"m.jsonl"});
    CHECK(visited.exit_code == 2);
    CHECK(visited.about("model") ==
          "fail \"qwen3-tts-flsh\" in m.jsonl:2 is not offered to this key; did you mean "
          "\"qwen3-tts-flash\"?");

    folder.file("bad.jsonl", "{\n");
    const auto bad = visit_of(folder, models_reply(), {"bad.jsonl"});
    CHECK(bad.exit_code == 2);
    CHECK(bad.about("manifest").find("bad.jsonl:1") != std::string::npos);
    CHECK(visit_of(folder, models_reply(), {"gone.jsonl"}).failed() == Lines{"manifest"});
}

TEST_CASE("doctor: a configuration that a run would refuse is exit 2; an idle limit a warning") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    folder.file("nightshift.toml", "[[limit]]\nmatch = \"claude-*\"\nconcurrency = 2\n");
    CHECK(visit_of(folder, models_reply(), {"m.jsonl"}).about("limits").starts_with("warn "));
    folder.file("nightshift.toml", "[run]\nbase_url = \"x\"\n");
    const auto visited = visit_of(folder, models_reply(), {"m.jsonl"});
    CHECK(visited.exit_code == 2);
    CHECK(visited.failed() == Lines{"configuration"});
}

TEST_CASE("doctor: 64 open files are a warning that says what is left") {
    const ScratchFolder folder;
    const auto few = visit_of(folder, models_reply(), {}, {"/usr/bin/prlimit", "--nofile=64:64"});
    CHECK(few.exit_code == 0);
    CHECK(few.about("open files").starts_with("warn only 64 files may be open here"));
}

TEST_CASE("doctor: a folder that takes no file is exit 7") {
    const ScratchFolder folder;
    const auto visited = visit_of(folder, models_reply(), {"/proc"});
    CHECK(visited.exit_code == 7);
    CHECK(visited.failed() == Lines{"folder"});
    CHECK(visited.about("folder").find("/proc/") != std::string::npos);
    if (geteuid() != 0) return;
    std::filesystem::create_directories(folder.path() / "owned");
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
    const auto closed = visit_of(folder, models_reply(), {"owned"},
                                 {"/usr/bin/setpriv", "--reuid=65534", "--clear-groups"});
    CHECK(closed.exit_code == 7);
    CHECK(closed.about("folder").find("Permission denied") != std::string::npos);
}

TEST_CASE("doctor: a disk that is nearly full is exit 7, one in memory a warning") {
    const ScratchFolder folder;
    const SmallDisk disk(folder, "size=64m");
    if (!disk.mounted()) {
        MESSAGE("not proved here: nothing may be mounted");
        return;
    }
    const auto roomy = visit_of(folder, models_reply(), {"disk"});
    CHECK(roomy.exit_code == 0);
    CHECK(roomy.about("disk space").starts_with("warn 64 MiB free of 64 MiB"));
    CHECK(roomy.about("file system").starts_with("warn disk is in memory (tmpfs)"));
    disk.leave_free(1 << 20);
    const auto full = visit_of(folder, models_reply(), {"disk"});
    CHECK(full.exit_code == 7);
    CHECK(full.failed() == Lines{"disk space"});
    disk.leave_free(0);
    const auto brim = visit_of(folder, models_reply(), {"disk"});
    CHECK(brim.exit_code == 7);
    CHECK(brim.failed() == Lines{"folder", "disk space"});
    CHECK(std::distance(std::filesystem::directory_iterator(disk.path()), {}) == 1);
}

TEST_CASE("doctor: a disk that is slow to sync is a warning") {
    if (access("/usr/bin/strace", X_OK) != 0) {
        MESSAGE("not proved here: there is no strace");
        return;
    }
    const ScratchFolder folder;
    const auto slow = visit_of(folder, models_reply(), {},
                               {"/usr/bin/strace", "-f", "-qq", "-o", "/dev/null", "-e",
                                "trace=fsync", "-e", "inject=fsync:delay_exit=80000"});
    CHECK(slow.exit_code == 0);
    CHECK(slow.about("fsync").starts_with("warn "));
}

TEST_CASE("doctor: a lock that somebody holds is exit 8 and names them; a left one is no hurdle") {
    const ScratchFolder folder;
    const auto dir = folder.path() / "d";
    make_queue(dir, "", 1'000'000);
    {
        const RunLock held(dir / ".nightshift/lock");
        const auto busy = visit_of(folder, models_reply(), {"d"});
        CHECK(busy.exit_code == 8);
        CHECK(busy.about("lock").find("pid " + std::to_string(getpid())) != std::string::npos);
    }
    CHECK(visit_of(folder, models_reply(), {"d"}).about("lock") == "");
    {
        SqliteStore store(dir / ".nightshift/queue.db", SqliteDb::Mode::read_write);
        load(store, {task_named("w")});
        store.transact([&] { store.intend(claim_all(store)[0].row, 1, 1); });
    }
    const auto stale = visit_of(folder, models_reply(), {"d"});
    CHECK(stale.exit_code == 0);
    CHECK(stale.about("lock").starts_with("warn stale: pid " + std::to_string(getpid())));
    CHECK(stale.about("lock").ends_with("`nightshift run -o d` resumes"));
}

TEST_CASE("doctor: a link that is about to expire is a warning, one with days left is none") {
    const ScratchFolder folder;
    make_queue(folder.path() / "soon", "", 3600);
    make_queue(folder.path() / "later", "", 3 * 86400);
    make_queue(folder.path() / "late", "", -3600);
    const auto soon = visit_of(folder, models_reply(), {"soon"}).about("links");
    CHECK(soon.starts_with("warn 1 result not fetched, the first link (of v) expires at "));
    CHECK(soon.ends_with("; `nightshift run -o soon` fetches them"));
    CHECK(visit_of(folder, models_reply(), {"later"}).about("links") == "");
    CHECK(visit_of(folder, models_reply(), {"late"}).about("links").find(" expired at ") !=
          std::string::npos);
}

TEST_CASE("doctor: tasks that another gateway has are exit 2, a damaged queue is exit 7") {
    const ScratchFolder folder;
    const auto dir = folder.path() / "d";
    make_queue(dir, "https://other.example:443", 1'000'000);
    const auto other = visit_of(folder, models_reply(), {"d"});
    CHECK(other.exit_code == 2);
    CHECK(other.about("queue").find("d belongs to https://other.example, not ") !=
          std::string::npos);

    const auto queue = dir / ".nightshift/queue.db";
    auto bytes = read_file(queue);
    std::fill(bytes.begin() + 100, bytes.end(), 'x');
    folder.file("d/.nightshift/queue.db", bytes);
    const auto damaged = visit_of(folder, models_reply(), {"d"});
    CHECK(damaged.exit_code == 7);
    CHECK(damaged.failed() == Lines{"queue"});
}

TEST_CASE("doctor: two folders are a usage error") {
    const ScratchFolder folder;
    std::filesystem::create_directories(folder.path() / "a");
    std::filesystem::create_directories(folder.path() / "b");
    const auto ended = run(folder.path(), {"doctor", "a", "b"});
    CHECK(ended.exit_code == 2);
    CHECK(ended.err.find("give one run directory") != std::string::npos);
}
