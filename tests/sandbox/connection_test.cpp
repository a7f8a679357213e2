// What a faults file does to connections and replies, seen from the socket, and what the books say.
#include "client.hpp"

#include "sandbox/call/json.hpp"
#include "sandbox/sandbox.hpp"

#include <doctest/doctest.h>

using namespace nightshift::sandbox;

namespace {

const std::string hello = R"({"model":"gpt-5.4","messages":[{"role":"user","content":"hello"}]})";

// A gateway with these rules, in the middle of one test.
class Faulty {
public:
    explicit Faulty(const std::string& rules) : sandbox_(options_of(rules)) {}

    Got chat(int patience_ms = 20'000) const {
        const Ask request{"POST",
                          "/v1/chat/completions",
                          {{"Authorization", "sk-sandbox"}, {"Content-Type", "application/json"}},
                          hello};
        return ask(sandbox_.port(), request, patience_ms);
    }
    // "200 true" for each line of the books: status and billed.
    std::string books() const {
        const std::string lines = get(sandbox_.port(), "/sandbox/books").body;
        std::string text;
        for (std::size_t at = 0; at < lines.size();) {
            const auto end = lines.find('\n', at);
            const Json entry = parse_json(lines.substr(at, end - at));
            text += entry["status"].dump() + " " + entry["billed"].dump() + "; ";
            at = end + 1;
        }
        return text;
    }
    const Sandbox& sandbox() const { return sandbox_; }

private:
    Options options_of(const std::string& rules) const {
        Options options;
        options.latency_seconds = 0;
        options.faults_file = folder_.file("faults.json", R"({"rule":[)" + rules + "]}");
        return options;
    }

    Folder folder_;
    Sandbox sandbox_;
};

}  // namespace

TEST_CASE("a connection ends as the rule says, and the books tell what was done") {
    struct Row {
        const char* rule;
        bool reset;
        const char* raw;
        const char* books;
    };
    for (const Row& row : {
             Row{R"({"connection":"reset_before_body"})", true, "", ""},
             Row{R"({"connection":"reset_after_body"})", true, "", "0 true; "},
             Row{R"({"connection":"reset_after_body","executed":false})", true, "", "0 false; "},
             Row{R"({"connection":"close_after_body"})", false, "", "0 true; "},
             Row{R"({"connection":"partial_status"})", false, "HTTP/1.1 2", "0 true; "},
         }) {
        CAPTURE(row.rule);
        const Faulty faulty(row.rule);
        const Got got = faulty.chat();
        CHECK(got.status == 0);
        CHECK(got.reset == row.reset);
        CHECK(got.raw == row.raw);
        CHECK(faulty.books() == row.books);
    }
}

TEST_CASE("a stalled reply never comes, and the gateway goes on serving others") {
    const Faulty faulty(R"({"connection":"stall","calls":1})");

    CHECK(faulty.chat(50).raw.empty());
    CHECK(faulty.chat().status == 200);
    CHECK(faulty.books() == "0 true; 200 true; ");
}

TEST_CASE("a body is cut at a byte with its length announced, or without its last chunk") {
    const Faulty faulty(R"({"connection":"close_mid_reply","at":20,"calls":1},
        {"connection":"close_mid_reply","chunked":true,"at":20,"calls":2},
        {"connection":"stall_mid_reply","at":5,"calls":3},
        {"connection":"reset_mid_reply","calls":4})");

    const Got cut = faulty.chat();
    const Got chunked = faulty.chat();
    const Got stalled = faulty.chat(50);
    const Got reset = faulty.chat();

    CHECK(cut.status == 200);
    CHECK_FALSE(cut.whole);
    CHECK(cut.body.size() == 20);
    CHECK(std::stoul(cut.headers.at("content-length")) > 100);
    CHECK(chunked.headers.at("transfer-encoding") == "chunked");
    CHECK_FALSE(chunked.whole);
    CHECK(chunked.body.size() == 20);
    CHECK(stalled.body.size() == 5);
    CHECK(reset.reset);
    CHECK(faulty.books() == "200 true; 200 true; 200 true; 200 true; ");
}

TEST_CASE("a status brings the body of whoever would send it") {
    const Faulty faulty(R"({"status":503,"calls":1},
        {"status":502,"gateway_headers":false,"executed":true,"calls":2},
        {"status":429,"body":"","calls":3},
        {"status":200,"body":{"error":{"message":"a<b"}},"headers":{"Retry-After":"7"},"calls":4},
        {"content_type":"text/plain","calls":5})");

    const Got own = faulty.chat();
    const Got proxy = faulty.chat();
    const Got empty = faulty.chat();
    const Got error = faulty.chat();
    const Got typed = faulty.chat();

    CHECK(own.status == 503);
    CHECK(own.headers.count("x-oneapi-request-id") == 1);
    CHECK(parse_json(own.body)["error"]["message"] == "Service Unavailable");
    CHECK(proxy.headers.count("x-oneapi-request-id") == 0);
    CHECK(proxy.headers.at("server") == "nginx");
    CHECK(proxy.body.find("<h1>502 Bad Gateway</h1>") != std::string::npos);
    CHECK(empty.status == 429);
    CHECK(empty.body.empty());
    CHECK(error.body == R"({"error":{"message":"a\u003cb"}})");
    CHECK(error.headers.at("retry-after") == "7");
    CHECK(typed.headers.at("content-type") == "text/plain");
    CHECK(faulty.books() == "503 false; 502 true; 429 false; 200 false; 200 true; ");
}

TEST_CASE("a body may come from a file and hold the call's own ids") {
    const Folder folder;
    const auto file = folder.file("odd.bin", std::string("\xFF\0{task_id}", 11));
    Options options;
    options.latency_seconds = 0;
    options.faults_file = folder.file("faults.toml", R"x(
        [[rule]]
        calls = 1
        body_file = "odd.bin"
        executed = true
        [[rule]]
        endpoint = "videos"
        status = 500
        body = { error = { message = "x (request id: {request_id})" } }
    )x");
    const Sandbox sandbox(options);
    const std::string horse = R"({"model":"happyhorse-1.0-t2v","input":{"prompt":"a horse"}})";

    const Got odd = post(sandbox.port(), "/v1/videos", horse);
    const Got error = post(sandbox.port(), "/v1/videos", horse);

    const std::string id = odd.body.substr(2);
    CHECK(odd.body.substr(0, 2) == std::string("\xFF\0", 2));
    CHECK(get(sandbox.port(), "/v1/videos/" + id).status == 200);
    CHECK(error.body == "{\"error\":{\"message\":\"x (request id: " +
                            error.headers.at("x-oneapi-request-id") + ")\"}}");
}

TEST_CASE("speech may come as a redirect or a link, and the link plays") {
    const Faulty faulty(R"({"endpoint":"audio_speech","form":"redirect","calls":1},
        {"endpoint":"audio_speech","form":"json_url","calls":2})");
    const auto speak = [&] {
        return post(faulty.sandbox().port(), "/v1/audio/speech",
                    R"({"model":"MiniMax/speech-2.8-hd","input":"good night"})");
    };
    const auto follow = [&](const std::string& url) {
        const Ask request{"GET", url.substr(url.find("/results/")), {}, ""};
        return ask(faulty.sandbox().results_port(), request);
    };

    const Got redirect = speak();
    const Got link = speak();

    CHECK(redirect.status == 302);
    CHECK(follow(redirect.headers.at("location")).body.starts_with("ID3"));
    const Json output = parse_json(link.body)["output"];
    CHECK(follow(output["audio"]["url"].get<std::string>()).body.starts_with("ID3"));
}

TEST_CASE("every form of a Gemini picture holds a picture, or none where it should not") {
    struct Row {
        const char* form;
        const char* words;
    };
    for (const Row& row : {
             Row{"markdown", "\\n![image](data:image/png;base64,iVBORw0KGgo"},
             Row{"inline_data", R"("inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo)"},
             Row{"bare_data_url", "\\ndata:image/png;base64,iVBORw0KGgo"},
             Row{"base64", R"("text":"iVBORw0KGgo)"},
             Row{"base64_wrapped", R"("text":"iVBORw0KGgo)"},
             Row{"url", "\\n![image](http://127.0.0.1:"},
             Row{"safety", R"("parts":[]},"finishReason":"SAFETY")"},
             Row{"no_image", "I cannot draw that"},
         }) {
        CAPTURE(row.form);
        const Faulty faulty(R"({"endpoint":"generate_content","form":")" + std::string(row.form) +
                            "\"}");
        const Got got = post(faulty.sandbox().port(),
                             "/v1beta/models/gemini-3.1-flash-image-preview:generateContent",
                             R"({"contents":[{"parts":[{"text":"a lamp"}]}]})");
        CHECK(got.body.find(row.words) != std::string::npos);
    }
}

TEST_CASE("Expect: 100-continue is answered before the body") {
    const Faulty faulty("");
    const Ask request{"POST",
                      "/v1/chat/completions",
                      {{"Authorization", "sk-sandbox"},
                       {"Content-Type", "application/json"},
                       {"Expect", "100-continue"}},
                      hello};

    const Got got = ask(faulty.sandbox().port(), request);

    CHECK(got.raw.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a body above 128 MiB is refused unread, Gemini's with 413") {
    const Faulty faulty("");
    const auto announce = [&](const std::string& target) {
        Ask request;
        request.method = "POST";
        request.target = target;
        request.headers = {{"Authorization", "sk-sandbox"}};
        request.announced = 134'217'729;
        return ask(faulty.sandbox().port(), request);
    };

    CHECK(announce("/v1/chat/completions").status == 400);
    CHECK(announce("/v1beta/models/gemini-3.5-flash:generateContent").status == 413);
}
