// Exit codes are what scripts rely on (contract section 2).

#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <array>
#include <csignal>
#include <semaphore>

using namespace nightshift::test;
using nlohmann::json;

namespace {

json counts(const ScratchFolder& folder) {
    return json::parse(run(folder.path(), {"status", "m.run", "--json"}).out)["counts"];
}

}  // namespace

TEST_CASE("exit 2: usage, half a pair of credentials, a bad line; nothing is sent") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    folder.file("bad.jsonl", chat_lines(1) + "{\"id\":\"x\",\"modle\":\"gpt-5.4\"}\n");
    ReplayServer server([](const Seen&) { return chat_reply(); });

    CHECK(run(folder.path(), {"run", "m.jsonl"}).exit_code == 2);
    CHECK(run(folder.path(), {"run", "m.jsonl"}, {{"NIGHTSHIFT_API_KEY", "k"}}).exit_code == 2);
    CHECK(run(folder.path(), {"run", "m.jsonl", "--base-url", server.base_url()}).exit_code == 2);
    CHECK(run(folder.path(), {"run", "m.jsonl"},
              {{"OPENAI_API_KEY", "k"}, {"NIGHTSHIFT_BASE_URL", server.base_url()}})
              .exit_code == 2);
    CHECK(run(folder.path(), {"run"}, pointing_at(server.base_url())).exit_code == 2);
    CHECK(run(folder.path(), {"frobnicate"}).exit_code == 2);
    CHECK(run(folder.path(), {"run", "m.jsonl", "--nonsense"}).exit_code == 2);
    CHECK(run(folder.path(), {"run", "missing.jsonl"}, pointing_at(server.base_url())).exit_code ==
          2);
    const auto bad = run(folder.path(), {"run", "bad.jsonl"}, pointing_at(server.base_url()));
    CHECK(bad.exit_code == 2);
    CHECK(bad.err.find("bad.jsonl:2:") != std::string::npos);
    CHECK(bad.err.find("model") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(folder.path() / "bad.run"));
    CHECK(server.seen().empty());
    CHECK(run(folder.path(), {"run", "bad.jsonl", "--skip-invalid"}, pointing_at(server.base_url()))
              .exit_code == 0);
    CHECK(server.seen().size() == 1);
}

TEST_CASE("exit 2: wrong arguments are one line that helps, and leave nothing behind") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    struct Row {
        std::vector<std::string> arguments;
        std::string said;
    };
    const std::vector<Row> rows = {
        {{"--concurency", "3"}, "did you mean --concurrency?"},
        {{"--max-duration", "1x"}, "--max-duration: \"1x\" is not a duration such as"},
        {{"--limit", "-1"}, "--limit: \"-1\" must be 0 or more;"},
        {{"--only", "modell=x"}, "\"modell\" must be endpoint, model or tag"},
        {{"--zzz"}, "`nightshift run --help`"},
    };
    for (const auto& row : rows) {
        std::vector<std::string> arguments = {"run", "m.jsonl", "--sandbox"};
        arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
        const auto ended = run(folder.path(), arguments);
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 2);
        CHECK(ended.err.starts_with("nightshift: "));
        CHECK(ended.err.find(row.said) != std::string::npos);
        CHECK(ended.err.find('\n') == ended.err.size() - 1);
        CHECK_FALSE(std::filesystem::exists(folder.path() / "m.sandbox.run"));
    }
    CHECK(run(folder.path(), {"run", "m.jsonl", "--sandbox", "--limit", "0"}).exit_code == 0);
}

TEST_CASE("exit 5: an endpoint that is not served waits, after all others have run") {
    const ScratchFolder folder;
    std::string lines;
    for (const char* id : {"i1", "i2", "i3"}) {
        lines += R"({"id":")" + std::string(id) +
                 R"(","model":"gpt-image-2","prompt":"x"})"
                 "\n";
    }
    folder.file("m.jsonl", lines + chat_lines(20));
    ReplayServer server([](const Seen& request) {
        if (request.target == "/v1/chat/completions") return chat_reply();
        return Canned{404,
                      {{"Content-Type", "application/json"}},
                      R"x({"error":{"message":"Unknown request URL: POST /v1/images",)x"
                      R"x("type":"invalid_request_error","code":null}})x"};
    });
    const auto ended =
        run(folder.path(), {"run", "m.jsonl", "-j", "1"}, pointing_at(server.base_url()));

    CAPTURE(ended.err);
    CHECK(ended.exit_code == 5);
    CHECK(ended.err.find("image_generations is paused") != std::string::npos);
    CHECK(counts(folder)["succeeded"] == 20);
    CHECK(counts(folder)["pending"] == 3);
    CHECK(server.seen().size() == 21);
}

TEST_CASE("exit 1: a lane whose tasks all fail alike is paused, the others stay pending") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(60));
    ReplayServer server([](const Seen&) {
        return error_reply(400, "bad_param", "invalid_request_error", "no such parameter: n");
    });
    const auto ended =
        run(folder.path(), {"run", "m.jsonl", "-j", "2"}, pointing_at(server.base_url()));

    CHECK(ended.exit_code == 1);
    CHECK(ended.err.find("is paused") != std::string::npos);
    CHECK(ended.err.find("no such parameter") != std::string::npos);
    CHECK(counts(folder)["pending"].get<int>() >= 30);
    CHECK(server.seen().size() < 30);
}

TEST_CASE("OPENAI_API_KEY and OPENAI_BASE_URL count as a pair when nothing of ours is set") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto ended =
        run(folder.path(), {"run", "m.jsonl"},
            {{"OPENAI_API_KEY", "sk-o"}, {"OPENAI_BASE_URL", server.base_url() + "/v1"}});
    CHECK(ended.exit_code == 0);
    CHECK(server.seen().front().target == "/v1/chat/completions");
    CHECK(server.seen().front().headers.at("authorization") == "Bearer sk-o");
}

TEST_CASE("exit 4: the gateway refuses the key; nothing is marked failed") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(5));
    ReplayServer server([](const Seen&) { return error_reply(401, "", "new_api_error"); });
    const auto refused =
        run(folder.path(), {"run", "m.jsonl", "-j", "1"}, pointing_at(server.base_url()));
    CHECK(refused.exit_code == 4);
    CHECK(refused.err.find("# continues with a key that the gateway takes\n") != std::string::npos);
    CHECK(counts(folder)["pending"] == 5);
    CHECK(server.seen().size() == 1);
}

TEST_CASE("check --online ends as a run would, after telling what it found by itself") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    folder.file("bad.jsonl", chat_lines(1) + "{\"id\":\"x\",\"modle\":\"gpt-5.4\"}\n");
    ReplayServer refusing([](const Seen&) { return error_reply(401, "", "new_api_error"); });
    const auto here = pointing_at(refusing.base_url());
    const auto refused = run(folder.path(), {"check", "m.jsonl", "--online"}, here);
    CHECK(refused.exit_code == 4);
    CHECK(refused.out.find("3 tasks, 0 duplicates") != std::string::npos);
    CHECK(refused.err.find("--online: ") != std::string::npos);
    CHECK(run(folder.path(), {"check", "bad.jsonl", "--online"}, here).exit_code == 2);
}

TEST_CASE("check --online names the models nearest to one that the gateway does not offer") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    ReplayServer server([](const Seen&) {
        return Canned{200,
                      {{"Content-Type", "application/json"}},
                      R"({"object":"list","data":[{"id":"gpt-5.4-mini"},{"id":"gpt-5.5"},)"
                      R"({"id":"sora-2"}]})"};
    });
    const auto here = pointing_at(server.base_url());
    const auto told = run(folder.path(), {"check", "m.jsonl", "--online"}, here);
    CHECK(told.exit_code == 2);
    CHECK(told.out.find("does not offer \"gpt-5.4\" to this key: did you mean \"gpt-5.5\" or "
                        "\"gpt-5.4-mini\"?\n") != std::string::npos);
    const auto listed = run(folder.path(), {"check", "m.jsonl", "--online", "--json"}, here);
    CHECK(listed.out.find(R"("nearest_models":{"gpt-5.4":["gpt-5.5","gpt-5.4-mini"]})") !=
          std::string::npos);
}

TEST_CASE("exit 6: no money; unsent tasks stay pending") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(5));
    ReplayServer server(
        [](const Seen&) { return error_reply(403, "insufficient_user_quota", "new_api_error"); });
    CHECK(run(folder.path(), {"run", "m.jsonl", "-j", "1"}, pointing_at(server.base_url()))
              .exit_code == 6);
    CHECK(counts(folder)["pending"] == 5);
}

TEST_CASE("exit 5: the base URL leads to a web page, or to a redirect") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    ReplayServer page([](const Seen&) {
        return Canned{200, {{"Content-Type", "text/html"}}, "<!doctype html><html></html>"};
    });
    ReplayServer redirect([](const Seen&) {
        return Canned{302, {{"Location", "https://elsewhere.example/"}}, ""};
    });
    CHECK(run(folder.path(), {"run", "m.jsonl"}, pointing_at(page.base_url())).exit_code == 5);
    CHECK(counts(folder)["pending"] == 2);
    CHECK(run(folder.path(), {"run", "m.jsonl", "-o", "d"}, pointing_at(redirect.base_url()))
              .exit_code == 5);
    CHECK(redirect.seen().size() <= 2);
}

TEST_CASE(
    "exit 1 for failed tasks, 3 when some are held, and retry --failed brings the rest home") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    bool healed = false;
    ReplayServer server([&](const Seen& request) {
        const bool bad = !healed && request.body.find("p1") != std::string::npos;
        return bad ? error_reply(400, "", "invalid_request_error") : chat_reply();
    });
    const auto environment = pointing_at(server.base_url());
    CHECK(run(folder.path(), {"run", "m.jsonl"}, environment).exit_code == 1);
    CHECK(run(folder.path(), {"retry", "m.run", "--failed"}).exit_code == 2);
    CHECK(run(folder.path(), {"retry", "m.run", "--failed", "--yes"}).exit_code == 0);
    healed = true;
    CHECK(run(folder.path(), {"run", "-o", "m.run"}, environment).exit_code == 0);
    const auto ledger = read_jsonl(folder.path() / "m.run/ledger.jsonl");
    REQUIRE(ledger.size() == 3);
    CHECK(ledger.back()["id"] == "t1");
    CHECK(ledger.back()["attempts"] == 2);
}

TEST_CASE("fault row 21: exit 8: a second runner leaves at once and names the first") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    std::binary_semaphore asked{0}, answer{0};
    ReplayServer server([&](const Seen&) {
        asked.release();
        answer.acquire();
        return chat_reply();
    });
    const auto environment = pointing_at(server.base_url());
    Program first(folder.path(), {"run", "m.jsonl"}, environment);
    asked.acquire();
    const auto second = run(folder.path(), {"run", "m.jsonl"}, environment);
    CHECK(second.exit_code == 8);
    std::array<char, 256> host{};
    REQUIRE(gethostname(host.data(), host.size() - 1) == 0);
    const auto holder = "pid " + std::to_string(first.pid()) + " on host " + host.data();
    CHECK(second.err.find(holder + " since 20") != std::string::npos);
    CHECK(run(folder.path(), {"status", "m.run"}).exit_code == 0);
    answer.release();
    CHECK(first.wait().exit_code == 0);
    CHECK(server.seen().size() == 1);
}

TEST_CASE("exit 130 and 143: the reply in flight is kept, the rest stays pending") {
    for (const auto& [number, code] : {std::pair(SIGINT, 130), std::pair(SIGTERM, 143)}) {
        const ScratchFolder folder;
        folder.file("m.jsonl", chat_lines(3));
        std::counting_semaphore<100> asked{0}, answer{0};
        ReplayServer server([&](const Seen&) {
            asked.release();
            answer.acquire();
            return chat_reply();
        });
        Program program(folder.path(), {"run", "m.jsonl", "-j", "1"},
                        pointing_at(server.base_url()));
        asked.acquire();
        program.signal(number);
        answer.release();
        CHECK(program.wait().exit_code == code);
        answer.release(10);  // nobody of the server's may wait on
        CHECK(counts(folder)["succeeded"].get<int>() >= 1);
        const int sent = static_cast<int>(server.seen().size());
        CHECK(counts(folder)["pending"].get<int>() == 3 - sent);
    }
}

TEST_CASE("a gateway that was another one is refused") {
    const ScratchFolder folder;
    folder.file("m.jsonl", R"({"id":"v","model":"happyhorse-1.0-t2v","prompt":"p"})");
    std::binary_semaphore polled{0};
    ReplayServer server([&](const Seen& request) {
        const Canned queued{200,
                            {{"Content-Type", "application/json"}},
                            R"({"id":"task_1","task_id":"task_1","status":"queued"})"};
        if (request.method == "GET") polled.release();
        return queued;
    });
    Program program(folder.path(), {"run", "m.jsonl", "--poll-interval", "0.05"},
                    pointing_at(server.base_url()));
    polled.acquire();
    program.signal(SIGKILL);
    program.wait();
    ReplayServer other([](const Seen&) { return chat_reply(); });
    const auto ended = run(folder.path(), {"run", "-o", "m.run"}, pointing_at(other.base_url()));
    CHECK(ended.exit_code == 2);
    CHECK(ended.err.find(" belongs to the gateway " + server.base_url()) != std::string::npos);
    CHECK(other.seen().empty());
}
