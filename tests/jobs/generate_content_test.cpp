#include "jobs/protocol/note_keys.hpp"
#include "tests/jobs/scripted_attempt.hpp"

#include <doctest/doctest.h>

namespace nightshift::jobs {
Job generate_content();
}

using namespace nightshift;
using namespace nightshift::test;

namespace {

const Task words = task_for("generate_content", "gemini-3.5-flash");
const Task picture =
    task_for("generate_content", "gemini-3.1-flash-image-preview",
             R"({"contents":[],"generationConfig":{"responseModalities":["TEXT","IMAGE"]}})");

Outcome succeed(const Task& task, const std::string& body) {
    ScriptedAttempt attempt;
    attempt.replies = {ok(body)};
    return play(jobs::generate_content(), task, attempt);
}

Failure fail(const Task& task, const std::string& body) {
    ScriptedAttempt attempt;
    attempt.replies = {ok(body)};
    return play_failure(jobs::generate_content(), task, attempt);
}

std::string candidate(const std::string& parts, const std::string& reason = "STOP") {
    return R"({"content":{"role":"model","parts":[)" + parts + R"(]},"finishReason":")" + reason +
           R"(","index":0})";
}

std::string content(const std::string& parts, const std::string& reason = "STOP") {
    return R"({"candidates":[)" + candidate(parts, reason) + "]}";
}

std::string text(const std::string& words_of_it) {
    return R"({"text":")" + words_of_it + R"("})";
}

const std::string markdown = "![image](data:image/png;base64," + png_base64() + ")";

}  // namespace

TEST_CASE("the answer is every part that is no thought, the counts include thoughts") {
    const auto outcome = succeed(
        words, R"({"candidates":[{"content":{"parts":[{"text":"let me see","thought":true},)"
               R"({"text":"I am "},{"text":"Gemini.","thoughtSignature":"CiQB"}]},)"
               R"("finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":8,)"
               R"("candidatesTokenCount":6,"totalTokenCount":134,"thoughtsTokenCount":120,)"
               R"("cachedContentTokenCount":2}})");

    CHECK(outcome.text == "I am Gemini.");
    CHECK(outcome.reasoning == "let me see");
    CHECK(outcome.usage.input_tokens == 8);
    CHECK(outcome.usage.output_tokens == 126);
    CHECK(outcome.usage.reasoning_tokens == 120);
    CHECK(outcome.usage.cached_tokens == 2);
}

TEST_CASE("fault row 46: how a text ended decides what it is") {
    struct Row {
        std::string body;
        Kind kind;
        Billing billing;
    };
    const Row rows[] = {
        {R"({"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}})", Kind::content_rejected,
         Billing::known},
        {R"({"candidates":[],"promptFeedback":{"blockReason":"OTHER"}})", Kind::content_rejected,
         Billing::known},
        {R"({"candidates":[{"finishReason":"SAFETY"}]})", Kind::content_rejected, Billing::known},
        {R"({"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS"}]})",
         Kind::truncated, Billing::known},
        {content("", "STOP"), Kind::no_output, Billing::known},
        {R"({"usageMetadata":{}})", Kind::bad_reply, Billing::unknown},
        {R"({"candidates":null})", Kind::bad_reply, Billing::unknown},
        {"", Kind::bad_reply, Billing::unknown},
    };
    for (const auto& row : rows) {
        CAPTURE(row.body);
        const auto failure = fail(words, row.body);
        CHECK(failure.kind == row.kind);
        CHECK(failure.billing == row.billing);
    }
    CHECK(succeed(words, content(text("half"), "MAX_TOKENS")).flags ==
          std::vector<std::string>{"truncated"});
}

TEST_CASE("of a prompt that was blocked it is known what reading it cost") {
    ScriptedAttempt attempt;
    attempt.replies = {
        ok(R"({"promptFeedback":{"blockReason":"OTHER"},)"
           R"("usageMetadata":{"promptTokenCount":12559,"totalTokenCount":12559}})")};
    try {
        play(jobs::generate_content(), words, attempt);
        FAIL("the job succeeded");
    } catch (const jobs::FailedAnswer& failed) {
        CHECK(failed.failure().kind == Kind::content_rejected);
        CHECK(failed.answer().usage.input_tokens == 12559);
    }
}

TEST_CASE("fault row 44: an image is found in every form that gateways send") {
    const auto wrapped = png_base64().substr(0, 64) + "\\n" + png_base64().substr(64);
    auto url_safe = png_base64().substr(0, png_base64().find('='));
    struct Row {
        std::string parts;
        std::optional<std::string> caption;
    };
    const Row rows[] = {
        {text("Here is your icon.\\n" + markdown), "Here is your icon."},
        {text("before " + markdown + " after"), "before  after"},
        {text("Here it is") + R"(,{"inlineData":{"mimeType":"image/png","data":")" + png_base64() +
             R"("}})",
         "Here it is"},
        {R"({"inline_data":{"mime_type":"image/png","data":")" + png_base64() + R"("}})", {}},
        {text("data:image/png;base64," + png_base64()), {}},
        {text("data:image/png;base64," + png_base64() + "\\nA caption of mine"),
         "A caption of mine"},
        {text(png_base64()), {}},
        {text(wrapped), {}},
        {text(url_safe), {}},
        {R"({"text":"Here","fileData":{"mimeType":"image/png","fileUri":"data:image/png;base64,)" +
             png_base64() + R"("}})",
         "Here"},
        {R"({"thought":true,"inlineData":{"data":"AAAA"}},{"inlineData":{"data":")" + png_base64() +
             R"("}})",
         {}},
        {R"({"text":"a thought","thought":true},)" + text(markdown), {}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.parts);
        ScriptedAttempt attempt;
        attempt.replies = {ok(content(row.parts))};

        const auto outcome = play(jobs::generate_content(), picture, attempt);

        REQUIRE(attempt.saved.size() == 1);
        CHECK(attempt.saved[0].bytes == png_bytes());
        CHECK(outcome.text == row.caption);
        CHECK(outcome.flags.empty());
    }
}

TEST_CASE("several images over parts and candidates become several files") {
    ScriptedAttempt attempt;
    const auto two = text(markdown + "\\n" + markdown);
    attempt.replies = {
        ok(R"({"candidates":[)" + candidate(two) + "," + candidate(text(markdown)) + "]}")};

    const auto outcome = play(jobs::generate_content(), picture, attempt);

    REQUIRE(outcome.outputs.size() == 3);
    CHECK(outcome.outputs[2].path == "outputs/task.3.png");
}

TEST_CASE("fault row 44: images cut short are missing: some left is partial, none no_output") {
    const auto cut = "![image](data:image/png;base64," + png_base64().substr(0, 60) + ")";

    CHECK(succeed(picture, content(text(cut + markdown))).flags ==
          std::vector<std::string>{"partial"});
    CHECK(fail(picture, content(text(cut))).kind == Kind::no_output);
    CHECK(fail(picture, content(text("I cannot draw that."))).kind == Kind::no_output);
    CHECK(fail(picture, content("", "SAFETY")).kind == Kind::content_rejected);
    CHECK(fail(picture, content(text("no"), "IMAGE_SAFETY")).kind == Kind::content_rejected);
    CHECK(fail(picture, content("", "NO_IMAGE")).kind == Kind::no_output);
    CHECK(fail(picture, content("", "MAX_TOKENS")).kind == Kind::truncated);
}

TEST_CASE("a linked image is kept before it is fetched, and not paid again when that fails") {
    ScriptedAttempt attempt;
    attempt.replies = {ok(content(text("![x](https://img.example.com/1.png?sign=a)")))};
    attempt.downloads = {failure_of(Kind::network)};

    CHECK(play_failure(jobs::generate_content(), picture, attempt).kind == Kind::network);
    const auto outcome = play(jobs::generate_content(), picture, attempt);

    CHECK(attempt.sent == std::vector<std::string>{"POST " + picture.path, "NOTE paid_reply",
                                                   "FETCH https://img.example.com/1.png?sign=a",
                                                   "FETCH https://img.example.com/1.png?sign=a"});
    CHECK(outcome.outputs.size() == 1);
}

TEST_CASE("an image whose base64 is divided over text parts is put together") {
    for (const std::size_t at : {8u, 40u, 100u}) {
        for (const std::string front : {"Here: ", "![i](data:image/png;base64,"}) {
            ScriptedAttempt attempt;
            attempt.replies = {ok(content(text(front + png_base64().substr(0, at)) + "," +
                                          text(png_base64().substr(at)) + "," + text("\\nEnjoy")))};
            const auto outcome = play(jobs::generate_content(), picture, attempt);
            REQUIRE(attempt.saved.size() == 1);
            CHECK(attempt.saved[0].bytes == png_bytes());
            CHECK(outcome.text.value_or("").ends_with("Enjoy"));
            CHECK(outcome.flags.empty());
        }
    }
}

TEST_CASE("an image that fileData names is fetched") {
    for (const std::string part :
         {R"({"fileData":{"mimeType":"image/png","fileUri":"https://img.example.com/1"}})",
          R"({"file_data":{"mime_type":"image/png","file_uri":"https://img.example.com/1"}})"}) {
        ScriptedAttempt attempt;
        attempt.replies = {ok(content(part))};
        CHECK(play(jobs::generate_content(), picture, attempt).outputs.size() == 1);
        CHECK(attempt.sent.back() == "FETCH https://img.example.com/1");
    }
}

TEST_CASE("a link in prose is an image only when it looks like one") {
    CHECK(succeed(picture, content(text("https://img.example.com/o/1"))).outputs.size() == 1);
    CHECK(succeed(picture, content(text("see https://x.example/a.png ."))).outputs.size() == 1);
    CHECK(fail(picture, content(text("see https://x.example/policy ."))).kind == Kind::no_output);
}

TEST_CASE("a text model's data URLs are its text") {
    const auto outcome = succeed(words, content(text("use " + markdown)));

    CHECK(outcome.text == "use " + markdown);
    CHECK(outcome.outputs.empty());
}

TEST_CASE("long base64 leaves the reply, everything else stays as it was") {
    std::string coded;
    for (std::size_t i = 0; i < 400; ++i) coded += "QUJD";
    const auto broken = png_base64().substr(0, 84);
    auto body =
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":"
        "\"a\\n![i](data:image/png;base64," +
        broken + coded + ")\"},{\"text\":\"b\",\"thoughtSignature\":\"" + coded +
        "\"}]},\"finishReason\":\"STOP\"}],  \"z\":1.50}";
    ScriptedAttempt attempt;
    attempt.replies = {ok(body)};

    const auto failure = play_failure(jobs::generate_content(), picture, attempt);
    CHECK(failure.kind == Kind::no_output);

    const auto whole = "iVBORw0KGgo" + std::string(1, 'A') + coded + "SUVORK5CYII=";
    body.replace(body.find(broken), broken.size() + coded.size(), whole);
    const auto outcome = succeed(picture, body);
    CHECK(outcome.reply.find("bytes of base64: see outputs)") != std::string::npos);
    CHECK(outcome.reply.find(whole) == std::string::npos);
    CHECK(outcome.reply.find("\"thoughtSignature\":\"" + coded) != std::string::npos);
    CHECK(outcome.reply.ends_with("\"finishReason\":\"STOP\"}],  \"z\":1.50}"));
}

TEST_CASE("a streamed reply is put together, its finishReason proves it whole") {
    const std::string first =
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"I \"}]},\"index\":0}]}\n\n";
    const std::string last =
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"am.\"}]},\"finishReason\":"
        "\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":3}}\n\n";

    const auto outcome = succeed(words, first + last);
    CHECK(outcome.text == "I am.");
    CHECK(outcome.usage.input_tokens == 3);
    CHECK(fail(words, first).billing == Billing::unknown);
    CHECK(fail(words, "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\n\n").kind ==
          Kind::content_rejected);
    CHECK(succeed(words, "[" + content(text("a"), "STOP") + "]").text == "a");
}

TEST_CASE("what is asked for decides the group") {
    const auto job = jobs::generate_content();

    CHECK(job.group_of(picture) == Group::image);
    CHECK(job.group_of(words) == Group::text);
    CHECK(job.group_of(task_for("generate_content", "gemini-3.1-flash-image-preview", "{}")) ==
          Group::image);
    CHECK(job.group_of(task_for("generate_content", "gemini-3.1-flash-image-preview",
                                R"({"generationConfig":{"responseModalities":["TEXT"]}})")) ==
          Group::text);
}

TEST_CASE("images that were lifted from the reply are found wherever they can be") {
    const std::string mark = "====lifted-1-73====";
    for (const auto& part :
         {text("Here: ![image](data:image/png;base64," + mark + ") so."), text(mark),
          R"({"inlineData":{"mimeType":"image/png","data":")" + mark + R"("}})"}) {
        CAPTURE(part);
        ScriptedAttempt attempt(Group::image);
        attempt.lifted = {png_bytes()};
        attempt.replies = {ok(content(part))};

        const auto outcome = play(jobs::generate_content(), picture, attempt);

        REQUIRE(attempt.saved.size() == 1);
        CHECK(attempt.saved[0].lifted == 1);
        CHECK(outcome.text.value_or("").find("lifted") == std::string::npos);
        CHECK(outcome.reply.find("lifted") == std::string::npos);
    }
}
