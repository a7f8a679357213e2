// The life of a video task from submit to file, over both routes, with faults and a restart.
#include "tests/sandbox/client.hpp"

#include "sandbox/call/json.hpp"
#include "sandbox/sandbox.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace nightshift::sandbox;

namespace {

const std::string horse = R"({"model":"happyhorse-1.0-t2v","input":{"prompt":"a horse"},)"
                          R"("parameters":{"resolution":"720P","ratio":"1:1","duration":3}})";
const std::string sword =
    R"({"model":"doubao-seedance-2-0-260128","prompt":"a sword","resolution":"480p",)"
    R"("ratio":"9:16",)"
    R"("duration":4,"generate_audio":true})";

Options quick() {
    Options options;
    options.latency_seconds = 0;
    options.video_seconds = 0;
    return options;
}

Json json_of(const Got& got) {
    const Json value = parse_json(got.body);
    REQUIRE_MESSAGE(value.is_object(), got.body);
    return value;
}

std::string submit(const Sandbox& sandbox, const std::string& path, const std::string& body) {
    return text_at(json_of(post(sandbox.port(), path, body)), "task_id");
}

// Polls until the task is done; a render time of 0 ends within a millisecond.
Json finished(const Sandbox& sandbox, const std::string& path) {
    for (int i = 0; i < 10'000; ++i) {
        Json body = json_of(get(sandbox.port(), path));
        const Json& data = value_at(body, "data");
        const std::string status = text_at(data.is_object() ? data : body, "status");
        if (status == "completed" || status == "SUCCESS") return body;
    }
    FAIL("the task did not finish");
    return {};
}

std::string target_of(const std::string& url) {
    return url.substr(url.find("/results/"));
}

Got fetch(const Sandbox& sandbox, const std::string& url,
          std::vector<std::pair<std::string, std::string>> headers = {}) {
    return ask(sandbox.results_port(), Ask{"GET", target_of(url), std::move(headers), ""});
}

Options with_faults(const Folder& folder, const std::string& rules) {
    Options options = quick();
    options.faults_file = folder.file("faults.json", R"({"rule":[)" + rules + "]}");
    return options;
}

}  // namespace

TEST_CASE("a task shows the seed's words on one route and the database's on the other") {
    const Sandbox sandbox(quick());
    const std::string id = submit(sandbox, "/v1/videos", horse);

    const Json object = finished(sandbox, "/v1/videos/" + id);
    const Json wrapped = json_of(get(sandbox.port(), "/v1/video/generations/" + id));

    CHECK(object["id"] == id);
    CHECK(object["status"] == "completed");
    CHECK(object["progress"] == 100);
    CHECK(object["error"].is_null());
    CHECK(wrapped["code"] == "success");
    CHECK(wrapped["data"]["status"] == "SUCCESS");
    CHECK(wrapped["data"]["progress"] == "100%");
    CHECK(wrapped["data"]["task_id"] == id);
    const Got raw = get(sandbox.port(), "/v1/video/generations/" + id);
    CHECK(raw.headers.at("content-type") == "application/json");
    CHECK(raw.body.find("\\u0026Signature=") != std::string::npos);
}

TEST_CASE("a result is an MP4 on the foreign host and on the content route") {
    const Sandbox sandbox(quick());
    const std::string id = submit(sandbox, "/v1/video/generations", sword);
    const Json done = finished(sandbox, "/v1/video/generations/" + id);
    const std::string url = text_at(done["data"], "result_url");

    const Got file = fetch(sandbox, url);
    const Got content = get(sandbox.port(), "/v1/videos/" + id + "/content");

    CHECK(file.status == 200);
    CHECK(file.whole);
    CHECK(file.body.substr(4, 4) == "ftyp");
    CHECK(file.headers.count("x-oneapi-request-id") == 0);
    CHECK(content.body == file.body);
    CHECK(content.headers.at("cache-control") == "public, max-age=86400");
    CHECK(get(sandbox.port(), "/v1/videos/task_none/content").status == 404);
}

TEST_CASE("the result host takes ranges and conditions, and no key") {
    const Sandbox sandbox(quick());
    const std::string id = submit(sandbox, "/v1/videos", horse);
    const std::string url = text_at(finished(sandbox, "/v1/videos/" + id)["metadata"], "url");
    const Got whole = fetch(sandbox, url);
    const std::string size = std::to_string(whole.body.size());
    const std::string etag = whole.headers.at("etag");

    const Got middle = fetch(sandbox, url, {{"Range", "bytes=100-199"}});
    const Got tail = fetch(sandbox, url, {{"Range", "bytes=1000-"}, {"If-Range", etag}});
    const Got last = fetch(sandbox, url, {{"Range", "bytes=-7"}});
    const Got changed = fetch(sandbox, url, {{"Range", "bytes=1000-"}, {"If-Range", "\"x\""}});
    const Got beyond = fetch(sandbox, url, {{"Range", "bytes=" + size + "-"}});

    CHECK(middle.status == 206);
    CHECK(middle.body == whole.body.substr(100, 100));
    CHECK(middle.headers.at("content-range") == "bytes 100-199/" + size);
    CHECK(tail.body == whole.body.substr(1000));
    CHECK(last.body == whole.body.substr(whole.body.size() - 7));
    CHECK(changed.status == 200);
    CHECK(beyond.status == 416);
    CHECK(beyond.headers.at("content-range") == "bytes */" + size);
    for (const char* carrier : {"Authorization", "x-api-key", "X-Goog-Api-Key"}) {
        const Got refused = fetch(sandbox, url, {{carrier, "sk-sandbox"}});
        CHECK(refused.status == 400);
        CHECK(refused.headers.at("content-type") == "application/xml");
    }
    CHECK(fetch(sandbox, url + "0").status == 403);
}

TEST_CASE("another user's task does not exist, another key's does") {
    const Sandbox sandbox(quick());
    const std::string id = submit(sandbox, "/v1/videos", horse);
    const auto poll_with = [&](const std::string& key) {
        return ask(sandbox.port(), Ask{"GET", "/v1/videos/" + id, {{"Authorization", key}}, ""});
    };

    CHECK(poll_with("sk-sandbox-second").status == 200);
    CHECK(poll_with("sk-sandbox-other").status == 400);
    CHECK(poll_with("sk-sandbox-other").body ==
          R"({"code":"task_not_exist","message":"task_not_exist","data":null})");
}

TEST_CASE("a script walks its words and ends in a failure with the reason as URL") {
    const Folder folder;
    const Sandbox sandbox(with_faults(folder, R"({"endpoint":"video_generations","task":
        {"statuses":["NOT_START","weird","FAILURE"],"fail_reason":"no","error_code":"E1"}})"));
    const std::string id = submit(sandbox, "/v1/video/generations", sword);
    const auto poll = [&] { return json_of(get(sandbox.port(), "/v1/video/generations/" + id)); };

    CHECK(poll()["data"]["status"] == "NOT_START");
    CHECK(poll()["data"]["status"] == "weird");
    const Json failed = poll();
    CHECK(failed["data"]["status"] == "FAILURE");
    CHECK(failed["data"]["result_url"] == "no");
    const Json object = json_of(get(sandbox.port(), "/v1/videos/" + id));
    CHECK(object["status"] == "failed");
    CHECK(object["error"]["code"] == "E1");
}

TEST_CASE("a task can be lost, and a link can expire until a new poll") {
    const Folder folder;
    const Sandbox sandbox(with_faults(folder,
                                      R"({"endpoint":"videos","task":{"lost_after_polls":1}},
            {"endpoint":"results","result":{"expire_after_fetches":1}})"));
    const std::string lost = submit(sandbox, "/v1/videos", horse);
    const std::string kept = submit(sandbox, "/v1/video/generations", sword);

    CHECK(get(sandbox.port(), "/v1/videos/" + lost).status == 200);
    CHECK(get(sandbox.port(), "/v1/videos/" + lost).status == 400);
    const std::string poll = "/v1/video/generations/" + kept;
    const std::string first = text_at(finished(sandbox, poll)["data"], "result_url");
    CHECK(fetch(sandbox, first).status == 200);
    const Got expired = fetch(sandbox, first);
    CHECK(expired.status == 403);
    CHECK(expired.body.find("<Code>AccessDenied</Code>") != std::string::npos);
    CHECK(fetch(sandbox, text_at(finished(sandbox, poll)["data"], "result_url")).status == 200);
}

TEST_CASE("a result store can lie about ranges and content") {
    const Folder folder;
    const Sandbox sandbox(with_faults(folder, R"(
        {"endpoint":"results","calls":2,"result":{"ignore_range":true}},
        {"endpoint":"results","calls":3,"result":{"other_object":true,"ignore_if_range":true}},
        {"endpoint":"results","calls":4,"result":{"change_etag":true}},
        {"endpoint":"results","calls":5,"result":{"replace":"html"}},
        {"endpoint":"results","calls":6,"result":{"replace":"short"}},
        {"endpoint":"results","calls":7,"result":{"redirect":"http://169.254.169.254/"}})"));
    const std::string id = submit(sandbox, "/v1/videos", horse);
    const std::string url = text_at(finished(sandbox, "/v1/videos/" + id)["metadata"], "url");
    const Got good = fetch(sandbox, url);
    const std::string etag = good.headers.at("etag");

    CHECK(fetch(sandbox, url, {{"Range", "bytes=10-"}}).status == 200);
    const Got other = fetch(sandbox, url, {{"Range", "bytes=10-"}, {"If-Range", etag}});
    CHECK(other.status == 206);
    CHECK(other.headers.at("etag") != etag);
    CHECK(fetch(sandbox, url).headers.at("etag") != etag);
    CHECK(fetch(sandbox, url).body == "<html>login</html>");
    CHECK(fetch(sandbox, url).body.size() == good.body.size() / 2);
    const Got moved = fetch(sandbox, url);
    CHECK(moved.status == 302);
    CHECK(moved.headers.at("location") == "http://169.254.169.254/");
}

TEST_CASE("tasks, books and links of a killed gateway go on at the same ports") {
    const Folder folder;
    Options options = quick();
    options.state_dir = folder.path() / "state";
    std::string id;
    std::string url;
    std::string bytes;
    {
        const Sandbox sandbox(options);
        id = submit(sandbox, "/v1/videos", horse);
        url = text_at(finished(sandbox, "/v1/videos/" + id)["metadata"], "url");
        bytes = fetch(sandbox, url).body;
        options.port = sandbox.port();
        options.results_port = sandbox.results_port();
    }

    const Sandbox sandbox(options);
    const std::string second = submit(sandbox, "/v1/videos", horse);

    CHECK(json_of(get(sandbox.port(), "/v1/videos/" + id))["status"] == "completed");
    CHECK(fetch(sandbox, url).body == bytes);
    CHECK(second != id);
    const std::string books = get(sandbox.port(), "/sandbox/books").body;
    CHECK(std::count(books.begin(), books.end(), '\n') == 2);
    CHECK(books.find("\"remote_id\":\"" + id + "\",\"billed\":true") != std::string::npos);
}

TEST_CASE("a taken port and a bad file are one clear line") {
    const Sandbox first(quick());
    Options taken = quick();
    taken.port = first.port();
    Options broken = quick();
    broken.faults_file = "/nonexistent.toml";

    const std::string line = "sandbox: cannot listen on 127.0.0.1:" + std::to_string(first.port()) +
                             ": Address already in use";
    CHECK_THROWS_WITH(Sandbox{taken}, line.c_str());
    CHECK_THROWS_WITH(Sandbox{broken}, "/nonexistent.toml: cannot be read");
}
