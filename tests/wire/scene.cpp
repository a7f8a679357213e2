#include "tests/wire/scene.hpp"

#include "base/base64.hpp"
#include "test_paths.hpp"
#include "tests/fakes/program.hpp"
#include "tests/fakes/replay_server.hpp"
#include "tests/wire/good_replies.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <sstream>

namespace nightshift::test {
namespace {

using nlohmann::json;

json example_named(const std::string& name) {
    for (auto& example : read_jsonl(NIGHTSHIFT_SOURCE_DIR "/tests/wire/examples.jsonl")) {
        if (example["name"] == name) return example;
    }
    FAIL("no example " << name);
    return {};
}

// "retry+maybe_billed:bad_reply" -> outcome "retry", billed, kinds {"bad_reply"}.
struct Verdict {
    explicit Verdict(const std::string& text) {
        const auto colon = text.find(':');
        outcome = text.substr(0, colon);
        maybe_billed = outcome.find("+maybe_billed") != std::string::npos;
        partial = outcome.find("+partial") != std::string::npos;
        outcome = outcome.substr(0, outcome.find('+'));
        if (colon == std::string::npos) return;
        std::istringstream kinds_text(text.substr(colon + 1));
        for (std::string kind; std::getline(kinds_text, kind, '|');) kinds.push_back(kind);
    }
    bool allows(const std::string& kind) const {
        return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
    }
    std::string outcome;
    std::vector<std::string> kinds;
    bool maybe_billed = false, partial = false;
};

// Where in our exchanges the example's reply belongs.
enum class Place { models, post, poll, content, download };

Place place_of(const json& example) {
    const auto& request = example["request"];
    const auto path = request["path"].get<std::string>();
    if (path.rfind("http", 0) == 0) return Place::download;
    if (request["method"] == "POST") return Place::post;
    if (path.find("/content") != std::string::npos) return Place::content;
    return path.find("/models") != std::string::npos ? Place::models : Place::poll;
}

bool belongs(Place place, const Seen& request) {
    const bool get = request.method == "GET";
    const auto& target = request.target;
    const bool content = target.find("/content") != std::string::npos;
    switch (place) {
        case Place::models:
            return get && target.rfind("/v1/models", 0) == 0;
        case Place::post:
            return !get;
        case Place::content:
            return get && content;
        case Place::download:  // the gateway's own copy, too, which is tried when the link fails
            return get && (content || target.rfind("/results/", 0) == 0);
        case Place::poll:
            return get && !content && target.rfind("/v1/video", 0) == 0;
    }
    return false;
}

// "https://cdn.example-results.com/x" -> "<base_url>/x", all over the text.
std::string redirected(const std::string& text, const std::string& base_url) {
    constexpr std::string_view scheme = "https://";
    std::string turned;
    std::size_t from = 0;
    for (auto at = text.find(scheme); at != text.npos; at = text.find(scheme, at + 1)) {
        const auto host_at = at + scheme.size();
        const auto end = std::min(text.find('/', host_at), text.size());
        const auto host = std::string_view(text).substr(host_at, end - host_at);
        const auto name = host.find(".example");
        const bool ours = name != host.npos && host.find('.', name + 1) == host.size() - 4 &&
                          host.ends_with(".com") && end < text.size();
        if (!ours) continue;
        turned += text.substr(from, at - from) + base_url;
        from = end;
    }
    return turned + text.substr(from);
}

// The reply's bytes, with links to the outside world turned to this gateway.
Canned canned_of(const json& example, const std::string& base_url) {
    Canned canned;
    canned.status = example["status"];
    const auto to_loopback = [&](const std::string& text) { return redirected(text, base_url); };
    for (const auto& [name, value] : example["headers"].items()) {
        canned.headers.emplace_back(name, to_loopback(value.get<std::string>()));
    }
    const auto& response = example["response"];
    if (response.is_string()) {
        canned.body = to_loopback(response.get<std::string>());
    } else if (response.contains("$binary_base64")) {
        canned.body = *decode_base64(response["$binary_base64"].get<std::string>());
        canned.close_early = response.value("$close_early", false);
    } else {
        canned.body = to_loopback(response.dump());
    }
    return canned;
}

// What a good video task must go through before the example's reply is asked for.
// `query` is that of the example's link.
Canned leading_to(Place place, const Seen& request, const std::string& base_url,
                  const std::string& query) {
    auto reply = good_reply(request, base_url);
    const bool poll = request.method == "GET" && request.target.rfind("/v1/video", 0) == 0;
    if (place == Place::content && poll && request.target.find("/content") == std::string::npos) {
        reply.body = json{{"id", example_remote_id}, {"status", "completed"}}.dump();
    }
    if (place == Place::download && poll && !query.empty()) {
        const auto end = reply.body.find(".mp4\"");
        if (end != reply.body.npos) reply.body.insert(end + 4, query);
    }
    return reply;
}

struct Played {
    Ended ended;
    std::vector<json> ledger;
    json shown;
    std::vector<Seen> seen;
};

Played play(const json& example, const Verdict& verdict) {
    const auto place = place_of(example);
    const bool once = verdict.outcome == "retry" || verdict.outcome == "poll_again";
    std::atomic<int> given{0};
    const auto link = example["request"]["path"].get<std::string>();
    const auto query = link.substr(std::min(link.find('?'), link.size()));
    std::string base_url;
    ReplayServer server([&](const Seen& request) {
        if (!belongs(place, request)) return leading_to(place, request, base_url, query);
        if (once && given++ > 0) return good_reply(request, base_url);
        return canned_of(example, base_url);
    });
    base_url = server.base_url();
    const ScratchFolder folder;
    const std::map<std::string, std::string> environment = {{"NIGHTSHIFT_BASE_URL", base_url},
                                                            {"NIGHTSHIFT_API_KEY", "sk-test"}};
    Played played;
    if (place == Place::models) {
        played.ended = run(folder.path(), {"models"}, environment);
        played.seen = server.seen();
        return played;
    }
    const auto path = example["request"]["path"].get<std::string>();
    const auto url = place == Place::content    ? std::string("/v1/videos")
                     : place == Place::download ? std::string("/v1/videos")
                                                : url_for(path);
    auto body = body_for(url);
    const auto& own = example["request"].value("body", json());
    if (place == Place::post && own.is_object() && own.size() > body.size() - 1) body = own;
    folder.file("m.jsonl", json{{"custom_id", "x"}, {"url", url}, {"body", body}}.dump() + "\n");
    played.ended = run(folder.path(),
                       {"run", "m.jsonl", "-o", "d", "--retry-base", "0.01", "--poll-interval",
                        "0.05", "--progress", "none"},
                       environment);
    played.seen = server.seen();
    played.ledger = read_jsonl(folder.path() / "d" / "ledger.jsonl");
    const auto show = run(folder.path(), {"show", "d", "x", "--json"}, environment);
    played.shown = json::parse(show.out, nullptr, false);
    return played;
}

void check_success(const Played& played, const Verdict& verdict) {
    REQUIRE_MESSAGE(played.ledger.size() == 1, played.ended.err);
    const auto& line = played.ledger.front();
    CHECK_MESSAGE(line["state"] == "succeeded", line.dump());
    CHECK(played.ended.exit_code == 0);
    const auto flags = line["flags"].dump();
    CHECK((flags.find("\"partial\"") != std::string::npos) == verdict.partial);
}

void check_retry(const Played& played, const Verdict& verdict) {
    check_success(played, verdict);
    const auto& line = played.ledger.front();
    CHECK(line["attempts"] == 2);
    CHECK(line["maybe_billed"] == (verdict.maybe_billed ? 1 : 0));
    const auto first = played.shown["tries"][0]["verdict"].get<std::string>();
    CHECK_MESSAGE(verdict.allows(first), first);
}

void check_failure(const Played& played, const Verdict& verdict, const std::string& state) {
    REQUIRE_MESSAGE(played.ledger.size() == 1, played.ended.err);
    const auto& line = played.ledger.front();
    CHECK_MESSAGE(line["state"] == state, line.dump());
    const auto kind = line["error"].value("kind", "none");
    CHECK_MESSAGE(verdict.allows(kind), line.dump());
    CHECK(played.ended.exit_code == (state == "held" ? 3 : 1));
}

void check_stop(const Played& played, const Verdict& verdict) {
    static const std::map<std::string, int> codes = {
        {"credentials", 4}, {"quota", 6}, {"misconfigured", 5}};
    bool allowed = false;
    for (const auto& kind : verdict.kinds) {
        allowed = allowed || codes.at(kind) == played.ended.exit_code;
    }
    CHECK_MESSAGE(allowed, "exit " << played.ended.exit_code << ": " << played.ended.err);
    CHECK(played.ledger.empty());
    if (played.shown.is_object()) CHECK(played.shown["state"] == "pending");
}

// No request of ours looks like the example's: its carriers, or its missing model.
void check_no_client_bug(const json& example, const Played& played) {
    const auto path = example["request"]["path"].get<std::string>();
    for (const auto& request : played.seen) {
        CHECK(request.headers.count("authorization") == 1);
        if (path == "/v1/models") CHECK(request.headers.count("x-goog-api-key") == 0);
        if (request.method == "POST") CHECK(json::parse(request.body).contains("model"));
    }
}

}  // namespace

void play_example(const std::string& name) {
    const auto example = example_named(name);
    const Verdict verdict(example["verdict"].get<std::string>());
    const auto played = play(example, verdict);

    CAPTURE(played.ended.err);
    const bool models = place_of(example) == Place::models;
    if (verdict.outcome == "client_bug") return check_no_client_bug(example, played);
    if (verdict.outcome == "stop") return check_stop(played, verdict);
    if (models) {
        CHECK(played.ended.exit_code == 0);
    } else if (verdict.outcome == "retry") {
        check_retry(played, verdict);
    } else if (verdict.outcome == "failed" || verdict.outcome == "download") {
        check_failure(played, verdict, "failed");
    } else if (verdict.outcome == "held") {
        check_failure(played, verdict, "held");
    } else {
        check_success(played, verdict);
        if (verdict.outcome != "succeeded") CHECK(played.ledger[0]["remote_id"].is_string());
    }
}

}  // namespace nightshift::test
