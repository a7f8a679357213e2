// What is thought of manifests, models and nightshift.toml.

#include "tests/doctor/judging.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::cli;
using test::told;

namespace {

GatewayFacts offering(std::vector<std::string> models) {
    GatewayFacts facts;
    facts.status = 200;
    facts.models = std::move(models);
    return facts;
}

LaneUse speech(const std::string& model, const std::string& near = "") {
    return {.endpoint = "audio_speech", .model = model, .where = "m.jsonl:3", .known_near = near};
}

}  // namespace

TEST_CASE("a model that is not offered fails, with the nearest that is") {
    const auto gateway = offering({"gpt-5.4", "qwen3-tts-flash"});
    CHECK(told(check_models({speech("qwen3-tts-flash")}, &gateway)) ==
          "ok models: 1 in use, all among the 2 offered");
    CHECK(told(check_models({speech("qwen3-tts-flsh")}, &gateway)) ==
          "fail 2 model: \"qwen3-tts-flsh\" in m.jsonl:3 is not offered to this key; did you mean "
          "\"qwen3-tts-flash\"?");
    CHECK(told(check_models({speech("zzzzzzzzzzzzz")}, &gateway)).find("`nightshift models`") !=
          std::string::npos);
    CHECK(told(check_models({}, &gateway)) == "ok models: 2 offered");
}

TEST_CASE("without an answer of the gateway a name that looks misspelt is a warning") {
    const GatewayFacts silent;
    for (const auto* gateway : {static_cast<const GatewayFacts*>(nullptr), &silent}) {
        CHECK(told(check_models({speech("a", "b")}, gateway)) ==
              "warn model: \"a\" in m.jsonl:3 is unknown here; did you mean \"b\"?");
        CHECK(told(check_models({speech("a")}, gateway)) ==
              "ok models: 1 in use, none looks misspelt");
        CHECK(told(check_models({}, gateway)) == "");
    }
}

TEST_CASE("many missing models are not listed without end") {
    const auto gateway = offering({"x"});
    std::vector<LaneUse> lanes;
    for (int i = 0; i < 100; ++i) lanes.push_back(speech("model-" + std::to_string(i)));
    const auto findings = check_models(lanes, &gateway);
    CHECK(findings.size() == 21);
    CHECK(findings.back().found == "80 more like these");
    CHECK(exit_code_of(findings) == exit_usage);
}

TEST_CASE("a manifest with problems fails with the first, one with warnings warns") {
    ManifestFacts facts{.files = {"m.jsonl"}, .unreadable = "", .tasks = 2};
    CHECK(told(check_manifest(facts)) == "ok manifest: 2 tasks");
    facts.warnings = 1;
    CHECK(told(check_manifest(facts)).starts_with("warn manifest: 2 tasks, 1 warning; "));
    facts.problems = 3;
    facts.first_problem = "m.jsonl:1:2: x";
    CHECK(told(check_manifest(facts))
              .starts_with("fail 2 manifest: 3 problems, the first: m.jsonl:1:2: x; "));
    facts.unreadable = "m.jsonl: no such file";
    CHECK(told(check_manifest(facts)).starts_with("fail 2 manifest: m.jsonl: no such file; "));
    CHECK(told(check_manifest({})) == "nothing");
}

TEST_CASE("a configuration that a run would refuse fails") {
    CHECK(told(check_config({.problem = "n.toml:2: unknown key; leave it out"})) ==
          "fail 2 configuration: n.toml:2: unknown key; leave it out");
    CHECK(told(check_config({.problem = "", .file = "n.toml"})) ==
          "ok configuration: n.toml is well-formed");
    CHECK(told(check_config({})).starts_with("ok configuration: no nightshift.toml"));
}

TEST_CASE("a limit that meets no task is a warning") {
    ConfigFacts facts{.problem = "", .file = "n.toml"};
    CHECK(told(check_limits(facts, {})).starts_with("ok limits: none configured"));
    LimitRule rule;
    rule.match = "qwen3-*";
    facts.limits = {rule};
    CHECK(told(check_limits(facts, {speech("qwen3-tts-flash")})) == "ok limits: 1 configured");
    CHECK(told(check_limits(facts, {})) == "ok limits: 1 configured");
    CHECK(told(check_limits(facts, {speech("MiniMax/speech")})) ==
          "warn limits: the limit of \"qwen3-*\" meets no task; fix its match or endpoint in "
          "n.toml, or leave it out");
    facts.limits.front().endpoint = "videos";
    CHECK(told(check_limits(facts, {speech("qwen3-tts-flash")})).starts_with("warn limits"));
    facts.problem = "x";
    CHECK(told(check_limits(facts, {})) == "");
}
