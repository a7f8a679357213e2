// retry and cancel: which tasks, what it may cost, and that they ask. And what status shows.

#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <csignal>

using namespace nightshift::test;
using nlohmann::json;
using Words = std::vector<std::string>;

namespace {

// Six texts of two models, of which t1 and t4 fail.
struct TwoFailed {
    TwoFailed()
        : server([](const Seen& request) {
              const bool bad = request.body.find("p1") != std::string::npos ||
                               request.body.find("p4") != std::string::npos;
              return bad ? error_reply(400, "", "invalid_request_error") : chat_reply();
          }) {
        std::string lines;
        for (int i = 0; i < 6; ++i) {
            json line;
            line["id"] = "t" + std::to_string(i);
            line["model"] = i < 3 ? "gpt-5.4" : "GLM-5";
            line["prompt"] = "p" + std::to_string(i);
            line["max_tokens"] = 1000;
            line["tags"] = json::array({i % 2 == 0 ? "even" : "odd"});
            line["metadata"]["split"] = i < 2 ? "test" : "train";
            lines += line.dump() + "\n";
        }
        folder.file("m.jsonl", lines);
        folder.file("nightshift.toml", "[price.\"*\"]\noutput_per_mtok = 1000\n");
        const auto ended = run(folder.path(), {"run", "m.jsonl"}, pointing_at(server.base_url()));
        CAPTURE(ended.err);
        REQUIRE(ended.exit_code == 1);
    }
    json ask(Words arguments) {
        arguments.push_back("--json");
        const auto ended = run(folder.path(), arguments);
        CAPTURE(ended.err);
        REQUIRE(ended.exit_code == 0);
        return json::parse(ended.out);
    }
    // Of the tasks that a retry would take.
    std::string dry(Words selectors) {
        selectors.insert(selectors.begin(), {"retry", "m.run", "--dry-run"});
        const auto answer = ask(std::move(selectors));
        std::string ids;
        for (const auto& id : answer["ids"]) ids += id.get<std::string>() + " ";
        return ids;
    }

    ScratchFolder folder;
    ReplayServer server;
};

}  // namespace

TEST_CASE_FIXTURE(TwoFailed, "selectors narrow each other down, and repeated ones widen") {
    CHECK(dry({"--failed"}) == "t1 t4 ");
    CHECK(dry({"--failed", "--model", "GLM-*"}) == "t4 ");
    CHECK(dry({"--failed", "--model", "GLM-5", "--model", "gpt-*"}) == "t1 t4 ");
    CHECK(dry({"--failed", "--tag", "odd"}) == "t1 ");
    CHECK(dry({"--failed", "--where", "split=train"}) == "t4 ");
    CHECK(dry({"--failed", "--where", "split=train", "--tag", "odd"}).empty());
    CHECK(dry({"--kind", "invalid_request", "--id", "t1"}) == "t1 ");
    CHECK(dry({"--kind", "timeout", "--kind", "invalid_request"}) == "t1 t4 ");
    CHECK(dry({"--failed", "--kind", "timeout"}).empty());
    CHECK(dry({"--id", "t0", "--id", "t5"}) == "t0 t5 ");
    CHECK(dry({"--failed", "--endpoint", "chat_completions"}) == "t1 t4 ");
    CHECK(dry({"--failed", "--endpoint", "videos"}).empty());
    CHECK(dry({"--held"}).empty());
}

TEST_CASE_FIXTURE(TwoFailed, "selectors that cannot be meant are exit 2 and say so in one line") {
    const std::vector<Words> wrong = {{},
                                      {"--model", "x"},
                                      {"--kind", "nonsense"},
                                      {"--failed", "--endpoint", "nonsense"},
                                      {"--id", "t1", "--id", "t9", "--yes"},
                                      {"--failed", "--where", "split"}};
    for (auto arguments : wrong) {
        arguments.insert(arguments.begin(), {"retry", "m.run"});
        const auto ended = run(folder.path(), arguments);
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 2);
        CHECK(ended.err.find('\n') == ended.err.size() - 1);
    }
    CHECK(run(folder.path(), {"cancel", "m.run", "--id", "t9", "--yes"}).exit_code == 2);
}

TEST_CASE_FIXTURE(TwoFailed, "a retry of what succeeded says that it is paid twice, and how much") {
    const auto bill = ask({"retry", "m.run", "--dry-run", "--id", "t0", "--id", "t1"});
    CHECK(bill["matched"] == 2);
    CHECK(bill["requeued"] == 0);
    CHECK(bill["by_state"]["succeeded"] == 1);
    CHECK(bill["by_state"]["failed"] == 1);
    CHECK(bill["may_be_paid_twice"] == 1);
    CHECK(bill["estimated_cost"] == doctest::Approx(2));
    CHECK(bill["estimated_cost_twice"] == doctest::Approx(1));
    const auto refused = run(folder.path(), {"retry", "m.run", "--id", "t0"});
    CAPTURE(refused.err);
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("1 task will be sent again (estimated at 1). 1 succeeded and was paid. "
                           "The gateway may bill it twice (estimated at 1).") != std::string::npos);
}

TEST_CASE("an answer without a result is asked for twice by each retry, which says it is paid") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    ReplayServer server([](const Seen&) { return chat_reply(""); });
    const auto environment = pointing_at(server.base_url());

    CHECK(run(folder.path(), {"run", "m.jsonl"}, environment).exit_code == 1);
    CHECK(server.seen().size() == 2);
    const auto retried = run(folder.path(), {"retry", "m.run", "--failed", "--yes", "--json"});
    CHECK(json::parse(retried.out)["may_be_paid_twice"] == 1);
    CHECK(run(folder.path(), {"run", "-o", "m.run"}, environment).exit_code == 1);
    CHECK(server.seen().size() == 4);
}

TEST_CASE_FIXTURE(TwoFailed, "a dry run changes nothing; cancel takes the same selectors") {
    dry({"--failed"});
    CHECK(ask({"status", "m.run"})["counts"]["failed"] == 2);
    CHECK(ask({"retry", "m.run", "--failed", "--yes"})["requeued"] == 2);
    CHECK(ask({"cancel", "m.run", "--model", "GLM-*", "--dry-run"})["matched"] == 1);
    CHECK(ask({"status", "m.run"})["counts"]["pending"] == 2);
    CHECK(ask({"cancel", "m.run", "--model", "GLM-*", "--tag", "odd", "--yes"})["cancelled"] == 0);
    CHECK(ask({"cancel", "m.run", "--model", "GLM-*", "--tag", "even", "--yes"})["cancelled"] == 1);
    CHECK(ask({"show", "m.run", "t4"})["state"] == "cancelled");
    CHECK(ask({"show", "m.run", "t1"})["state"] == "pending");
}

TEST_CASE("cancel gives up a held task by its id or with --held; what may be billed stays") {
    const ScratchFolder folder;
    folder.file("m.jsonl", R"({"id":"i0","model":"gpt-image-2","prompt":"a fox"})"
                           "\n"
                           R"({"id":"i1","model":"gpt-image-2","prompt":"a fox"})"
                           "\n");
    ReplayServer server([](const Seen&) { return error_reply(504, "", "timeout_error"); });
    const auto here = pointing_at(server.base_url());
    const Words once = {"run", "m.jsonl", "--resend", "image_generations=none"};
    const auto ended = run(folder.path(), once, here);
    CAPTURE(ended.err);
    REQUIRE(ended.exit_code == 3);
    const auto cancel = [&](Words selectors) {
        selectors.insert(selectors.begin(), {"cancel", "m.run", "--yes", "--json"});
        return json::parse(run(folder.path(), selectors).out);
    };

    CHECK(cancel({})["cancelled"] == 0);
    CHECK(cancel({"--id", "i1", "--dry-run"})["held"] == 1);
    CHECK(cancel({"--id", "i1"})["cancelled"] == 1);
    CHECK(cancel({"--held"})["cancelled"] == 1);
    CHECK(cancel({"--held"})["cancelled"] == 0);

    const auto shown = json::parse(run(folder.path(), {"show", "m.run", "i1", "--json"}).out);
    CHECK(shown["state"] == "cancelled");
    CHECK(shown["maybe_billed"] == 1);
    const auto line = read_jsonl(folder.path() / "m.run/ledger.jsonl").back();
    CHECK(line["state"] == "cancelled");
    CHECK(line["maybe_billed"] == 1);
    CHECK(run(folder.path(), {"verify", "m.run"}).exit_code == 0);
    CHECK(run(folder.path(), {"run", "-o", "m.run"}, here).exit_code == 0);
    CHECK(server.seen().size() == 2);
}

TEST_CASE_FIXTURE(TwoFailed, "cancel says what it saves, and asks before it drops anything") {
    ask({"retry", "m.run", "--failed", "--yes"});
    const auto asked = run(folder.path(), {"cancel", "m.run"});
    CAPTURE(asked.err);
    CHECK(asked.exit_code == 2);
    CHECK(asked.err.find("2 unsent tasks will be dropped. That saves an estimated 2. No terminal "
                         "to ask on: add --yes") != std::string::npos);
    const auto bill = ask({"cancel", "m.run", "--id", "t1", "--dry-run"});
    CHECK(bill["estimated_cost_saved"] == doctest::Approx(1));
    CHECK(bill["estimated_cost_paid"] == doctest::Approx(0));
    CHECK(bill["estimated_cost_beyond_recall"] == doctest::Approx(0));
    folder.file("other.toml", "");
    const auto unpriced = ask({"cancel", "m.run", "--config", "other.toml", "--dry-run"});
    CHECK(unpriced["estimated_cost_saved"].is_null());
    CHECK(ask({"status", "m.run"})["counts"]["pending"] == 2);
}

TEST_CASE_FIXTURE(TwoFailed, "status --by has rows by what is asked for, and errors by kind") {
    auto shown = [&](const std::string& by) {
        return run(folder.path(), {"status", "m.run", "--by", by}).out;
    };
    CHECK(shown("model").find("chat_completions, GLM-5") != std::string::npos);
    CHECK(shown("endpoint").find("\nchat_completions  ") != std::string::npos);
    CHECK(shown("endpoint").find("GLM-5") == std::string::npos);
    CHECK(shown("state").find("chat_completions") == std::string::npos);
    CHECK(shown("kind").find("failed 1 invalid_request") != std::string::npos);
    CHECK(shown("kind").find("nightshift show m.run t4") != std::string::npos);
}

TEST_CASE_FIXTURE(TwoFailed,
                  "status --watch prints again and again until Ctrl-C, which is exit 0") {
    Program program(folder.path(), {"status", "m.run", "--watch"});
    auto blocks = [&] {
        const auto text = program.out_so_far();
        int count = 0;
        for (auto at = text.find("\nall"); at != std::string::npos;) {
            ++count;
            at = text.find("\nall", at + 1);
        }
        return count;
    };
    for (int i = 0; i < 200 && blocks() < 2; ++i) {
        if (program.ends_within(std::chrono::milliseconds(50))) break;
    }
    CHECK(blocks() >= 2);
    program.signal(SIGINT);
    CHECK(program.wait().exit_code == 0);
}
