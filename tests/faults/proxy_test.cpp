// Those who stand between: proxies and the portals of hotels.

#include "tests/e2e/gateway.hpp"
#include "tests/fakes/virtual_world.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <semaphore>

using namespace nightshift;
using namespace nightshift::test;

TEST_CASE("fault row 57: a proxy that refuses is named as the speaker, without its password") {
    for (const int status : {407, 403}) {
        const ScratchFolder folder;
        folder.file("m.jsonl", chat_lines(1));
        std::counting_semaphore<1000> asked{0};
        ReplayServer proxy([&](const Seen&) {
            asked.release();
            return Canned{status, {{"Content-Type", "text/html"}}, "<html>no</html>"};
        });
        auto environment = pointing_at("https://gateway.example");
        const auto host = "127.0.0.1:" + std::to_string(proxy.port());
        environment["https_proxy"] = "http://night:owl-secret@" + host;
        Program program(folder.path(), {"run", "m.jsonl", "--retry-base", "0.05"}, environment);
        asked.acquire();
        asked.acquire();  // the first refusal was told by then
        program.signal(SIGINT);
        const auto ended = program.wait();

        CAPTURE(ended.err);
        CHECK(ended.exit_code == 130);
        CHECK(ended.err.find("by way of the proxy http://" + host) != std::string::npos);
        CHECK(ended.err.find(std::to_string(status)) != std::string::npos);
        CHECK((ended.err.find("http://USER:PASSWORD@") != std::string::npos) == (status == 407));
        CHECK(ended.err.find("owl-secret") == std::string::npos);
        const auto log = read_file(folder.path() / "m.run/.nightshift/log");
        CHECK(log.find("owl-secret") == std::string::npos);
        for (const auto& seen : proxy.seen()) {
            CHECK(seen.method == "CONNECT");
            CHECK(seen.headers.count("proxy-authorization") == 1);
            CHECK(seen.headers.count("authorization") == 0);
        }
    }
}

TEST_CASE("fault row 58: a portal that redirects everything stops the run; nobody follows it") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    ReplayServer login([](const Seen&) { return Canned{200, {}, "<html>sign in</html>"}; });
    ReplayServer portal([&](const Seen&) {
        return Canned{302, {{"Location", login.base_url() + "/login"}}, ""};
    });
    const auto ended = run(folder.path(), {"run", "m.jsonl"}, pointing_at(portal.base_url()));

    CAPTURE(ended.err);
    CHECK(ended.exit_code == 5);
    CHECK(ended.err.find("redirected to " + login.base_url()) != std::string::npos);
    CHECK(ended.err.find("not followed") != std::string::npos);
    CHECK(login.seen().empty());
    const auto status = run(folder.path(), {"status", "m.run", "--json"}).out;
    CHECK(nlohmann::json::parse(status)["counts"]["pending"] == 2);
}

TEST_CASE("fault row 58: a portal in the way of polls is waited out, the video paid once") {
    int polls = 0;
    Job1 task;
    task.id = "v";
    task.endpoint = "videos";
    task.path = "/v1/videos";
    Night night;
    night.tasks = {task};
    night.gateway = [&](const Exchange& asked) {
        if (asked.method == "POST") return json_reply(200, R"({"id":"task_1","status":"queued"})");
        CHECK(asked.origin == "http://127.0.0.1:1");
        if (++polls <= 3) {
            auto reply = json_reply(302, "");
            reply.headers = {{"location", "http://portal.example/login"}};
            return reply;
        }
        return json_reply(200, R"({"status":"failed","error":{"message":"over"}})");
    };
    const auto ran = live_through(night);

    CHECK(ran.stop.cause == StopCause::none);
    CHECK(polls == 4);
    CHECK(ran.posts() == 1);
}
