// What is thought of this machine: descriptors, disk, libraries, and the queue on it.

#include "tests/doctor/judging.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::cli;
using test::told;

namespace {

constexpr std::uint64_t gib = 1ull << 30;

DiskFacts good_disk() {
    DiskFacts facts;
    facts.folder = "d";
    facts.file_system = "ext4";
    facts.space = DiskSpace{.free_bytes = 100 * gib, .total_bytes = 200 * gib};
    facts.sync_ms = 4;
    return facts;
}

QueueFacts good_queue() {
    QueueFacts facts;
    facts.dir = "d";
    facts.origin = "https://a";
    facts.counts = {{State::pending, 2}, {State::submitted, 1}};
    facts.now_ms = 1'779'000'000'000;
    return facts;
}

}  // namespace

TEST_CASE("too few open files are a warning that says how many requests there will be") {
    OpenFilesFacts facts{.limit = 1024, .in_use = 12, .concurrency = 64};
    CHECK(told(check_open_files(facts)).starts_with("ok open files: 1024 allowed"));
    facts.limit = 64;
    CHECK(told(check_open_files(facts)).starts_with("warn open files: only 64 files"));
    CHECK(told(check_open_files(facts)).ends_with("; raise the hard limit for more"));
}

TEST_CASE("a disk is judged by what is free, how fast it syncs, and where it is") {
    auto facts = good_disk();
    CHECK(told(check_disk(facts)) ==
          "ok fsync: 4.00 ms to make 4 KiB durable\n"
          "ok disk space: 100.0 GiB free of 200.0 GiB in d\n"
          "ok file system: ext4");
    facts.sync_ms = 51;
    CHECK(told(check_disk(facts)).starts_with("warn fsync: 51.00 ms"));
    facts.space->free_bytes = 7 * gib;
    CHECK(told(check_disk(facts)).find("warn disk space: 7.0 GiB") != std::string::npos);
    facts.space->free_bytes = gib / 2;
    CHECK(told(check_disk(facts)).find("fail 7 disk space: 512 MiB") != std::string::npos);
    facts.network = "NFS";
    CHECK(told(check_disk(facts)).find("warn file system: d is on NFS") != std::string::npos);
    facts.network = "";
    facts.in_memory = true;
    CHECK(told(check_disk(facts)).find("warn file system: d is in memory") != std::string::npos);
}

TEST_CASE("a folder that takes no file fails with the system's words") {
    auto facts = good_disk();
    facts.problem = "open d/x: Read-only file system";
    CHECK(told(check_disk(facts))
              .starts_with("fail 7 folder: open d/x: Read-only file system; take a folder"));
    CHECK(told(check_disk(facts)).find("fsync") == std::string::npos);
}

TEST_CASE("a held lock fails with its holder, a stale one says how to go on") {
    auto facts = good_queue();
    CHECK(told(check_lock(facts)) == "ok lock: d is free");
    facts.last_holder = "pid 7 on host a";
    CHECK(told(check_lock(facts)) == "ok lock: free; the last to have it was pid 7 on host a");
    facts.counts[State::running] = 2;
    CHECK(told(check_lock(facts)) ==
          "warn lock: stale: pid 7 on host a ended in the middle of 2 requests; nothing to remove, "
          "the lock is free: `nightshift run -o d` resumes");
    facts.holder = "pid 8 on host a";
    CHECK(told(check_lock(facts)) ==
          "fail 8 lock: d is in use by pid 8 on host a; wait for it, or stop it and run again");
}

TEST_CASE("a queue is judged by its soundness, its gateway and what it holds") {
    auto facts = good_queue();
    CHECK(told(check_queue(facts, "https://a")) == "ok queue: sound: 2 pending, 1 submitted");
    CHECK(told(check_queue(facts, "")).starts_with("ok queue"));
    CHECK(told(check_queue(facts, "https://b")) ==
          "fail 2 queue: d belongs to https://a, not https://b; use that base URL, or another "
          "folder; `run --new-origin` if it moved");
    facts.origin = "sandbox";
    CHECK(told(check_queue(facts, "https://b")) ==
          "fail 2 queue: d is a sandbox run, not https://b; give the real run another folder");
    facts.counts = {{State::pending, 2}, {State::held, 3}};
    CHECK(told(check_queue(facts, ""))
              .starts_with("warn queue: sound: 2 pending, 3 held; `nightshift retry d --held`"));
    facts.problem = "check d: damaged (x); keep it";
    CHECK(told(check_queue(facts, "")) == "fail 7 queue: check d: damaged (x); keep it");
    CHECK(told(check_links(facts)) == "nothing");
}

TEST_CASE("links that are about to expire, or have, are a warning") {
    auto facts = good_queue();
    CHECK(told(check_links(facts)) == "ok links: none is about to expire");
    facts.dying_links = {{"v", facts.now_ms + 60'000}, {"w", facts.now_ms + 90'000}};
    CHECK(told(check_links(facts)) ==
          "warn links: 2 results not fetched, the first link (of v) expires at "
          "2026-05-17T06:41:00.000Z; `nightshift run -o d` fetches them");
    facts.dying_links.front().second = facts.now_ms;
    CHECK(told(check_links(facts)).find("expired at 2026-05-17T06:40:00.000Z") !=
          std::string::npos);
    CHECK(told(check_links(facts)).find("asks for fresh ones") != std::string::npos);
}

TEST_CASE("libraries are judged by version and ability") {
    CHECK(
        told(check_sqlite({.version = "3.39.4", .number = 3039004})).starts_with("fail 7 SQLite"));
    const auto has_bug = [](int number) {
        return told(check_sqlite({.version = "x", .number = number})).find("WAL-reset") !=
               std::string::npos;
    };
    for (const int number : {3040001, 3044005, 3045000, 3050006, 3051002}) CHECK(has_bug(number));
    for (const int number : {3044006, 3050007, 3051003, 3052000}) CHECK_FALSE(has_bug(number));
    http::Library curl{.version = "7.88.1",
                       .number = 0x075801,
                       .tls = "OpenSSL/3",
                       .http2 = true,
                       .async_dns = true};
    CHECK(told(check_libcurl(curl)) == "ok libcurl: 7.88.1 with OpenSSL/3, HTTP/2");
    curl.http2 = false;
    CHECK(told(check_libcurl(curl)).starts_with("warn libcurl: 7.88.1 with OpenSSL/3, without"));
    curl.async_dns = false;
    CHECK(told(check_libcurl(curl)).find("name lookups") != std::string::npos);
    curl.number = 0x075701;
    CHECK(told(check_libcurl(curl)).starts_with("fail 5 libcurl"));
    curl.number = 0x075801;
    curl.tls = "";
    CHECK(told(check_libcurl(curl)).starts_with("fail 5 libcurl"));
}
