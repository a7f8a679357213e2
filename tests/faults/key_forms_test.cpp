// Rows 100 to 103: a gateway that says the key back in other forms than it was sent in.

#include "base/base64.hpp"
#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace nightshift;
using namespace nightshift::test;

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::string real_key = "sk-proj-Wm4/Zq9+Lx2vT7cR5nB8kD1hJ6==";

std::string formatted(const char* format, const std::string& text) {
    std::string all;
    for (const unsigned char c : text) all += fmt::format(fmt::runtime(format), c);
    return all;
}

std::string upper(std::string text) {
    for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

std::map<std::string, std::string> environment_for(const ReplayServer& server) {
    return {{"NIGHTSHIFT_BASE_URL", server.base_url()}, {"NIGHTSHIFT_API_KEY", real_key}};
}

// Each as it stands in a JSON string.
std::vector<std::string> forms() {
    return {real_key,
            upper(real_key),
            formatted("\\u{:04x}", real_key),
            formatted("\\\\u{:04X}", real_key),
            formatted("%{:02X}", real_key),
            formatted("{:02x}", real_key),
            encode_base64("me:" + real_key),
            real_key.substr(0, 26)};
}

// The key as it stands, a part of it, and any of its forms as a reader would find them.
std::string leaks_in(const std::string& text) {
    std::string found;
    for (const auto& form : forms()) {
        if (text.find(form) != text.npos) found += form + "\n";
    }
    for (const auto& part : {std::string("Wm4/Zq9+Lx2vT7cR"), std::string("Lx2vT7cR5nB8kD1h")}) {
        if (text.find(part) != text.npos) found += part + "\n";
    }
    return found;
}

void check_hidden(const ScratchFolder& folder, const Ended& ended) {
    CHECK(leaks_in(ended.out + ended.err) == "");
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
        if (!entry.is_regular_file()) continue;
        CAPTURE(entry.path().string());
        CHECK(leaks_in(read_file(entry.path())) == "");
    }
    for (const auto& line : read_jsonl(folder.path() / "m.run/ledger.jsonl")) {
        const auto id = line.at("id").get<std::string>();
        for (const auto& words : {std::vector<std::string>{"show", "m.run", id},
                                  std::vector<std::string>{"show", "m.run", id, "--json"}}) {
            CHECK(leaks_in(run(folder.path(), words).out) == "");
        }
        CHECK(leaks_in(line.dump()) == "");
    }
}

Canned stream_of(const std::string& text, std::size_t piece) {
    std::string body;
    const auto event = [&body](const Json& delta, const Json& reason) {
        const Json chunk = {
            {"choices", {{{"index", 0}, {"delta", delta}, {"finish_reason", reason}}}}};
        body += "data: " + chunk.dump() + "\n\n";
    };
    for (std::size_t at = 0; at < text.size(); at += piece) {
        event({{"content", text.substr(at, piece)}}, nullptr);
    }
    event(Json::object(), "stop");
    return {200, {{"Content-Type", "text/event-stream"}}, body + "data: [DONE]\n\n"};
}

}  // namespace

TEST_CASE("fault row 100: a key said back in another form is hidden in answers and in errors") {
    const auto said = forms();
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2 * static_cast<int>(said.size())));
    ReplayServer server([&](const Seen& request) {
        const auto body = Json::parse(request.body);
        const auto prompt = body["messages"][0]["content"].get<std::string>();
        const auto n = static_cast<std::size_t>(std::stoi(prompt.substr(1)));
        const auto& form = said[n / 2];
        return n % 2 == 0 ? chat_reply("it is " + form + " so far")
                          : error_reply(400, "", "invalid_request_error", "bad " + form + " here");
    });
    const auto ended = run(folder.path(), {"run", "m.jsonl", "-v"}, environment_for(server));
    CHECK(ended.exit_code == 1);
    check_hidden(folder, ended);
    for (const auto& line : read_jsonl(folder.path() / "m.run/ledger.jsonl")) {
        CAPTURE(line.dump());
        CHECK(line.dump().find("[key]") != std::string::npos);
    }
}

TEST_CASE("fault row 101: a key that a stream says in pieces is hidden in what they make") {
    const ScratchFolder folder;
    std::string lines;
    for (const int piece : {1, 4, 10, 15}) {
        lines += fmt::format(
            R"({{"custom_id":"t{0}","method":"POST","url":"/v1/chat/completions","body":)"
            R"({{"model":"gpt-5.4","stream":true,"messages":[{{"role":"user","content":"{0}"}}]}}}})",
            piece);
        lines += '\n';
    }
    folder.file("m.jsonl", lines);
    ReplayServer server([](const Seen& request) {
        const auto body = Json::parse(request.body);
        const auto piece = std::stoul(body["messages"][0]["content"].get<std::string>());
        return stream_of("it is " + real_key + ", yes", piece);
    });
    const auto ended = run(folder.path(), {"run", "m.jsonl"}, environment_for(server));
    CHECK(ended.exit_code == 0);
    check_hidden(folder, ended);
    for (const auto& line : read_jsonl(folder.path() / "m.run/ledger.jsonl")) {
        CHECK(line.at("text") == "it is [key], yes");
    }
}

TEST_CASE("fault row 102: what only begins as the key does stays in a paid answer") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    const std::string text = "Put OPENAI_API_KEY=sk-proj-your-key-here in .env, or sk-proj-Wm4...";
    ReplayServer server([&](const Seen&) { return chat_reply(text); });
    CHECK(run(folder.path(), {"run", "m.jsonl"}, environment_for(server)).exit_code == 0);
    CHECK(read_jsonl(folder.path() / "m.run/ledger.jsonl").at(0).at("text") == text);
    const auto shown = run(folder.path(), {"show", "m.run", "t0", "--json"}).out;
    CHECK(shown.find("sk-proj-your-key-here") != std::string::npos);
}

TEST_CASE("fault row 103: a key in what a poll or a result's host answers is hidden") {
    const ScratchFolder folder;
    folder.file("m.jsonl", R"({"id":"v0","model":"happyhorse-1.0-t2v","prompt":"a"})"
                           "\n"
                           R"({"id":"v1","model":"happyhorse-1.0-t2v","prompt":"b"})"
                           "\n");
    std::string base;
    int posts = 0;
    ReplayServer server([&](const Seen& request) {
        const auto key = request.headers.at("authorization");
        if (request.method == "POST") {
            return Canned{
                200, {}, fmt::format(R"({{"id":"video_{}","status":"queued"}})", posts++)};
        }
        if (request.target == "/file.mp4") return Canned{410, {}, "your key was " + key};
        if (request.target.ends_with("video_0")) {
            return Canned{200,
                          {},
                          R"({"id":"video_0","status":"failed","error":{"message":")" +
                              formatted("\\u{:04x}", key) + R"("}})"};
        }
        return Canned{200,
                      {},
                      R"({"id":"video_1","status":"completed","metadata":{"url":")" + base +
                          R"(/file.mp4"}})"};
    });
    base = server.base_url();
    const auto ended = run(folder.path(),
                           {"run", "m.jsonl", "-v", "--poll-interval", "0.05", "--retry-base",
                            "0.01", "--max-attempts", "1", "--deadline", "2"},
                           environment_for(server));
    CHECK(ended.exit_code == 1);
    check_hidden(folder, ended);
    const auto ledger = read_file(folder.path() / "m.run/ledger.jsonl");
    CHECK(ledger.find("[key]") != std::string::npos);
}
