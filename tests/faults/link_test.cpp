// Where results lie: whom the program goes to for them, what it tells them, and when it is too
// late.

#include "tests/e2e/gateway.hpp"
#include "tests/faults/video_night.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <semaphore>

using namespace nightshift;
using namespace nightshift::test;
using nlohmann::json;

namespace {

const std::string whole = clip();

std::string base64_of(const std::string& bytes) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve(bytes.size() / 3 * 4 + 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t three = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            const bool there = at + i < bytes.size();
            three = three << 8 | (there ? static_cast<unsigned char>(bytes[at + i]) : 0u);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            const bool there = at + i <= bytes.size();
            text += there ? letters[three >> (18 - 6 * i) & 63] : '=';
        }
    }
    return text;
}

Canned said(const json& body) {
    return {200, {{"Content-Type", "application/json"}}, body.dump()};
}

}  // namespace

TEST_CASE("fault row 66: redirects are followed to public hosts, five of them, without the key") {
    VideoNight night;
    night.links = {"/v1/videos/task_1/content"};
    night.store = [](const Exchange&, int n) {
        if (n == 1) return redirect(result_host + "/1");
        if (n == 2) return redirect("/2");
        if (n == 3) return redirect("https://other.example.org/a/3");
        if (n == 4) return redirect("../4?x");
        return n == 5 ? redirect("//third.example.org/5") : stored(whole);
    };
    const auto ran = night.run();

    CHECK(night.video() == whole);
    REQUIRE(night.fetches.size() == 6);
    CHECK(night.fetches[0].header("Authorization") == "Bearer sk-k");
    CHECK(night.fetches[2].origin == result_host);
    CHECK(night.fetches[2].path == "/2");
    CHECK(night.fetches[3].origin == "https://other.example.org");
    CHECK(night.fetches[4].origin == "https://other.example.org");
    CHECK(night.fetches[4].path == "/4?x");
    CHECK(night.fetches[5].origin == "https://third.example.org");
    for (std::size_t i = 1; i < 6; ++i) {
        CHECK(night.fetches[i].header("Authorization").empty());
        CHECK(night.fetches[i].public_address_only);
    }
}

TEST_CASE("fault row 66: the key is kept within the gateway, and never regained from outside") {
    VideoNight night;
    night.links = {"/v1/videos/task_1/content"};
    night.store = [](const Exchange& fetch, int n) {
        if (n == 1) return redirect("/files/1");
        if (fetch.path == "/files/1") return redirect("http://localhost:2/2");
        return n == 3 ? redirect("http://127.0.0.1:1/files/3") : stored(whole);
    };
    const auto ran = night.run();

    CHECK(night.video() == whole);
    REQUIRE(night.fetches.size() == 4);
    CHECK(night.fetches[1].path == "/files/1");
    CHECK(night.fetches[1].header("Authorization") == "Bearer sk-k");
    CHECK(night.fetches[2].header("Authorization").empty());
    CHECK(night.fetches[3].origin == "http://127.0.0.1:1");
    CHECK(night.fetches[3].header("Authorization").empty());
}

TEST_CASE("a plain http link of a public host is tried over https, then as it is, and flagged") {
    for (const bool redirected : {false, true}) {
        VideoNight night;
        night.links = {redirected ? result_host + "/r" : "http://cdn.example.net/a.mp4"};
        night.store = [](const Exchange& fetch, int) {
            if (fetch.path == "/r") return redirect("http://cdn.example.net/a.mp4");
            const bool tls = fetch.origin.starts_with("https:");
            return tls ? no_reply(http::Trouble::tls, false) : stored(whole);
        };
        const auto ran = night.run();

        CHECK(night.video() == whole);
        CHECK(line_of(ran)["flags"] == json({"plain_http"}));
        const auto& last = night.fetches.back();
        CHECK(last.origin == "http://cdn.example.net");
        CHECK(last.header("Authorization").empty());
        CHECK(last.public_address_only);
        CHECK(night.fetches.at(night.fetches.size() - 2).origin == "https://cdn.example.net");
        CHECK(night.polls == 1);
    }
}

TEST_CASE(
    "a plain http link is not asked for in clear after a status, nor tried with TLS at a port") {
    VideoNight refusing;
    refusing.links = {"http://cdn.example.net/a.mp4"};
    refusing.store = [](const Exchange&, int n) { return n == 1 ? refused(404) : stored(whole); };
    const auto ran = refusing.run();
    CHECK(refusing.video() == whole);
    CHECK(line_of(ran)["flags"].empty());
    for (const auto& fetch : refusing.fetches) CHECK(fetch.origin == "https://cdn.example.net");

    VideoNight at_port;
    at_port.links = {"http://cdn.example.net:80/a.mp4"};
    at_port.store = [](const Exchange&, int) { return stored(whole); };
    const auto flagged = at_port.run();
    CHECK(line_of(flagged)["flags"] == json({"plain_http"}));
    CHECK(at_port.fetches.size() == 1);
    CHECK(at_port.fetches[0].origin == "http://cdn.example.net");
}

TEST_CASE("fault row 66: a redirect to a private host or a file is not followed") {
    for (const std::string target :
         {"http://10.0.0.1/a.mp4", "http://127.0.0.1:1/v1/models", "https://10.0.0.1/a.mp4",
          "https://[::1]/a.mp4", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd",
          "gopher://h.example/", "https://user@cdn.example.net/a.mp4"}) {
        VideoNight night;
        night.store = [&](const Exchange&, int) { return redirect(target); };
        const auto ran = night.run();

        CAPTURE(target);
        CHECK(line_of(ran)["error"]["kind"] == "unsafe_url");
        CHECK(ran.posts() == 1);
        CHECK(night.nothing_is_final());
        for (const auto& fetch : night.fetches) CHECK(fetch.path == "/a.mp4");
    }
}

TEST_CASE("fault row 66: a sixth redirect is one too many") {
    VideoNight night;
    night.store = [](const Exchange&, int n) {
        return redirect(result_host + "/" + std::to_string(n));
    };
    const auto ran = night.run();

    CHECK(line_of(ran)["error"]["kind"] == "unsafe_url");
    CHECK(night.fetches.size() == 12);  // the link, five redirects; and again with a fresh link
}

TEST_CASE("fault row 67: links to files, other protocols and private hosts are unsafe_url") {
    for (const std::string link :
         {"file:///etc/passwd", "gopher://h.example/x", "http://169.254.169.254/latest/meta-data",
          "https://192.168.0.1/a.mp4", "http://192.168.0.1:80/a.mp4"}) {
        VideoNight night;
        night.links = {link};
        night.store = [](const Exchange&, int) { return stored(whole); };
        const auto ran = night.run();

        CAPTURE(link);
        const auto line = line_of(ran);
        CHECK(line["error"]["kind"] == "unsafe_url");
        CHECK(line["remote_id"] == "task_1");
        CHECK(night.fetches.empty());
        CHECK(ran.posts() == 1);
    }
}

TEST_CASE("fault row 67: a public name that leads to a private address is unsafe_url") {
    VideoNight night;
    night.store = [](const Exchange&, int) {
        return no_reply(http::Trouble::unsafe_address, false);
    };
    const auto ran = night.run();

    CHECK(line_of(ran)["error"]["kind"] == "unsafe_url");
    CHECK(night.fetches.at(0).public_address_only);
}

TEST_CASE("fault row 68: the gateway's own link is fetched with the key, another host's without") {
    const ScratchFolder folder;
    folder.file("m.jsonl", R"({"id":"own","model":"happyhorse-1.0-t2v","prompt":"own"})"
                           "\n"
                           R"({"id":"cdn","model":"happyhorse-1.0-t2v","prompt":"cdn"})");
    ReplayServer store([](const Seen&) { return Canned{200, {}, whole}; });
    ReplayServer gateway([&](const Seen& asked) {
        if (asked.method == "POST") {
            const bool own = asked.body.find("own") != std::string::npos;
            return said({{"id", own ? "task_own" : "task_cdn"}, {"status", "queued"}});
        }
        if (asked.target.ends_with("/content")) return Canned{200, {}, whole};
        const bool own = asked.target == "/v1/videos/task_own";
        const auto link = own ? asked.target + "/content" : store.base_url() + "/a.mp4";
        return said({{"status", "completed"}, {"metadata", {{"url", link}}}});
    });
    const auto ended = run(folder.path(), {"run", "m.jsonl", "--poll-interval", "0.02"},
                           pointing_at(gateway.base_url()));

    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    for (const auto& seen : gateway.seen()) {
        CHECK(seen.headers.at("authorization") == "Bearer " + canary_key);
    }
    const auto at_store = store.seen();
    REQUIRE(at_store.size() == 1);
    for (const auto& [name, value] : at_store[0].headers) {
        CHECK(value.find(canary_key.substr(0, 8)) == std::string::npos);
    }
}

TEST_CASE("fault row 69: a video of 40 MiB inside the reply is decoded") {
    const auto large = clip(40u << 20);
    VideoNight night;
    night.links = {"data:video/mp4;base64," + base64_of(large)};
    const auto ran = night.run();

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK((night.video() == large));
    CHECK(night.fetches.empty());
    CHECK(ran.ledger.at("v").size() < 10'000);
}

TEST_CASE("fault row 69: replies too large to be read lead to the gateway's own copy") {
    int polls = 0;
    Job1 task;
    task.id = "v";
    task.endpoint = "videos";
    task.path = "/v1/videos";
    Night night;
    night.tasks = {task};
    night.gateway = [&](const test::Exchange& asked) {
        if (asked.method == "POST") return json_reply(200, R"({"id":"task_1","status":"queued"})");
        if (asked.path.ends_with("/content")) return stored(whole);
        ++polls;
        return cut(json_reply(200, "{"), 1, http::Trouble::too_large);
    };
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(polls == 5);
    CHECK(ran.posts() == 1);
}

TEST_CASE("fault row 71: a result older than its link is asked for once more, then expired") {
    VideoNight night;
    night.links = {result_host + "/a.mp4?Expires=1800003600"};
    night.store = [](const Exchange&, int) { return no_reply(http::Trouble::connect, false); };
    night.stopped_at_s = 60;
    CHECK(night.run().counts.at(State::submitted) == 1);
    const int polls_before = night.polls;

    night.later_s = 8 * 86400;
    night.stopped_at_s = 0;
    night.store = [](const Exchange&, int) { return refused(403); };
    const auto ran = night.run();

    const auto line = line_of(ran);
    CHECK(line["error"]["kind"] == "result_expired");
    const std::string message = line["error"]["message"];
    CHECK(message.find("2027-01-15T09:00:00") != message.npos);
    CHECK(night.polls <= polls_before + 2);  // one, and one for a fresh link
    CHECK(ran.posts() == 0);
}

TEST_CASE("fault row 71: a result that is still there after eight days is fetched") {
    VideoNight night;
    night.store = [](const Exchange&, int) { return no_reply(http::Trouble::connect, false); };
    night.stopped_at_s = 60;
    night.run();

    night.later_s = 8 * 86400;
    night.stopped_at_s = 0;
    night.store = [](const Exchange&, int) { return stored(whole); };
    const auto ran = night.run();

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(night.video() == whole);
    CHECK(ran.posts() == 0);
}

TEST_CASE("fault row 71: status warns of links that are about to die") {
    const ScratchFolder folder;
    folder.file("m.jsonl", R"({"id":"v","model":"happyhorse-1.0-t2v","prompt":"p"})");
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto expires = std::chrono::duration_cast<std::chrono::seconds>(now).count() + 47 * 3600;
    std::binary_semaphore fetched{0}, answer{0};
    ReplayServer store([&](const Seen&) {
        fetched.release();
        answer.acquire();
        return Canned{503, {}, ""};
    });
    ReplayServer gateway([&](const Seen& asked) {
        if (asked.method == "POST") return said({{"id", "task_1"}, {"status", "queued"}});
        const auto link = store.base_url() + "/a.mp4?Expires=" + std::to_string(expires);
        return said({{"status", "completed"}, {"metadata", {{"url", link}}}});
    });
    Program program(folder.path(), {"run", "m.jsonl", "--poll-interval", "0.02"},
                    pointing_at(gateway.base_url()));
    fetched.acquire();
    program.signal(SIGKILL);
    program.wait();
    answer.release();

    const auto status = json::parse(run(folder.path(), {"status", "m.run", "--json"}).out);
    REQUIRE(status["links_about_to_expire"].size() == 1);
    CHECK(status["links_about_to_expire"][0]["id"] == "v");
    const auto text = run(folder.path(), {"status", "m.run"}).out;
    CHECK(text.find("the link of v dies at 20") != std::string::npos);
}
