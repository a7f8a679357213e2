// What lines that use results mean, case by case (tests/recipe/cases.jsonl): decided and filled.

#include "fixture.hpp"
#include "stages/splice.hpp"
#include "test_paths.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <string>

namespace {

namespace st = nightshift::stages;
namespace rc = nightshift::recipe;
using Json = nlohmann::ordered_json;

// Files by their names; what is published lies at one place.
class CaseFiles : public nightshift::test::MemoryFiles {
public:
    bool publish(const std::string& path, bool, std::string& url, std::string&) override {
        url = "https://pub.example.com/" + path;
        return true;
    }
};

std::string of_hex(const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    return bytes;
}

// The stage text of a short line: what waits, and the rest as its request.
std::string stage_text(const Json& line) {
    Json stage = Json::object(), request = Json::object();
    for (const auto& [name, value] : line.items()) {
        const bool waits = name == "after" || name == "each" || name == "files" || name == "when" ||
                           name == "on_failed";
        if (name != "id") (waits ? stage : request)[name] = value;
    }
    stage["request"] = request;
    return stage.dump();
}

st::Upstreams upstreams_of(const Json& results) {
    st::Upstreams all;
    for (const auto& [id, result] : results.items()) {
        st::Upstream upstream;
        upstream.state = *nightshift::state_named(result.at("state").get<std::string>());
        upstream.ledger_line = Json{{"schema", 1}, {"text", result.value("text", Json())}}.dump();
        all.emplace(id, std::move(upstream));
    }
    return all;
}

// What became of the line: the word of the cases, and the text that goes with it.
std::pair<std::string, std::string> resolved(const Json& given) {
    std::string error;
    // The case of a file that a row does not have leaves the alias out; a line by hand names it.
    const auto line = st::parse_stage_line(stage_text(given.at("line")), error);
    if (!line) return {"bad line", error};
    const auto upstreams = upstreams_of(given.at("results"));
    const auto decision = st::decide(*line, upstreams);
    using What = st::Decision::What;
    if (decision.what == What::wait) return {"waiting", decision.message};
    if (decision.what == What::skip) return {"skipped", decision.message};
    if (decision.what == What::cancel) return {"cancelled", decision.message};
    if (decision.what == What::fail) return {"failed", decision.message};
    CaseFiles files;
    for (const auto& [name, content] : given.at("files").items()) {
        files.mine[name] = content.is_string() ? content.get<std::string>()
                                               : of_hex(content.at("hex").get<std::string>());
    }
    const auto filled = st::fill(*line, upstreams, files);
    return {filled.good ? "ready" : "failed", filled.good ? filled.line : filled.message};
}

std::string run_resolve(const Json& given, const Json& expect) {
    const auto found = resolved(given);
    const auto &what = found.first, &text = found.second;
    const std::string word = expect.begin().key();
    const Json& wanted = expect.begin().value();
    const auto same = [&wanted](const std::string& json) {
        return nlohmann::json::parse(json) == nlohmann::json::parse(wanted.dump());
    };
    const bool fits = what == "ready" ? same(text) : text.find(wanted) != std::string::npos;
    const bool good = word == what && fits;
    return good ? "" : what + ": " + text;
}

std::string run_splice(const Json& given, const Json& expect) {
    const auto values = *rc::parse_json(given.at("values").get<std::string>());
    const auto look_up = [&values](const rc::Placeholder& placeholder) {
        return rc::walk(values, placeholder.path, 0);
    };
    const auto spliced = st::splice(given.at("raw").get<std::string>(), look_up, 1 << 20);
    return spliced.json == expect.at("raw") ? "" : spliced.json + spliced.why;
}

}  // namespace

TEST_CASE("the cases of lines that use results give what they should") {
    std::ifstream file(std::string(NIGHTSHIFT_SOURCE_DIR) + "/tests/recipe/cases.jsonl");
    int ran = 0;
    for (std::string text; std::getline(file, text);) {
        const auto one = Json::parse(text);
        const std::string run = one["run"];
        if (run != "resolve" && run != "splice") continue;
        ++ran;
        const auto wrong = run == "splice" ? run_splice(one["given"], one["expect"])
                                           : run_resolve(one["given"], one["expect"]);
        const std::string name =
            std::to_string(one["n"].get<int>()) + ": " + one["case"].get<std::string>();
        CHECK_MESSAGE(wrong == "", name << ": " << wrong);
    }
    MESSAGE(ran << " cases of lines that use results");
    CHECK(ran >= 41);
}
