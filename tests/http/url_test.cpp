// Hosts that are not what they look like. What is judged is what libcurl dials.

#include "http/url.hpp"

#include <curl/curl.h>
#include <doctest/doctest.h>

#include <memory>

using namespace nightshift;
using http::Url;

namespace {

std::string part(CURLU* url, CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(url, which, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
    const std::string copy(text);
    curl_free(text);
    return copy;
}

// Scheme, host and port that libcurl dials for the text.
std::string dialled(const std::string& text) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
    if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_PATH_AS_IS) != CURLUE_OK) {
        return "";
    }
    return part(url.get(), CURLUPART_SCHEME) + "://" + part(url.get(), CURLUPART_HOST) + ":" +
           part(url.get(), CURLUPART_PORT);
}

std::string judged(const Url& url) {
    return std::string(url.scheme()) + "://" + std::string(url.host()) + ":" +
           std::to_string(url.port());
}

}  // namespace

TEST_CASE("a URL has one spelling, and libcurl dials what was judged") {
    struct Row {
        const char* given;
        const char* text;
    };
    const Row rows[] = {
        {"https://api.example.com", "https://api.example.com/"},
        {" HTTPS://API.Example.com.:443/x\n", "https://api.example.com/x"},
        {"http://h.example:00080/", "http://h.example/"},
        {"https://h.example:/x", "https://h.example/x"},
        {"http://h.example?a=b", "http://h.example/?a=b"},
        {"http://h.example/?", "http://h.example/?"},
        {"https://h.example/a b\"<>[]^`{|}",
         "https://h.example/a%20b%22%3C%3E%5B%5D%5E%60%7B%7C%7D"},
        {"https://h.example/a%2fb%zz%", "https://h.example/a%2fb%25zz%25"},
        {"https://h.example/\xe8\xa7\x86.mp4?\xe9", "https://h.example/%E8%A7%86.mp4?%E9"},
        {"https://h.example/a/../b/./c//d", "https://h.example/a/../b/./c//d"},
        {"https://h.example/x#fragment", "https://h.example/x"},
        {"https://h.example/@x:y@z/?q=https://a@b", "https://h.example/@x:y@z/?q=https://a@b"},
        {"http://2130706433:8080", "http://127.0.0.1:8080/"},
        {"http://0x7f.1", "http://127.0.0.1/"},
        {"http://0177.0.0.1", "http://127.0.0.1/"},
        {"http://1.2.3.4.", "http://1.2.3.4/"},
        {"http://[0:0::1]:1", "http://[::1]:1/"},
        {"http://[::FFFF:1.2.3.4]", "http://[::ffff:1.2.3.4]/"},
        {"https://a_b.example-1.com", "https://a_b.example-1.com/"},
        {"https://1.2.3.example.com", "https://1.2.3.example.com/"},
        {"https://localhost.example.com", "https://localhost.example.com/"},
    };
    for (const auto& row : rows) {
        CAPTURE(std::string(row.given));
        const auto url = Url::parse(row.given);
        REQUIRE(url.has_value());
        CHECK(url->text() == row.text);
        CHECK(judged(*url) == dialled(url->text()));
        CHECK(url->text() == std::string(url->root()) + std::string(url->path()));
        CHECK(Url::parse(url->text())->text() == row.text);
    }
}

TEST_CASE("a host that is not what it looks like is refused") {
    for (const auto* given : {"https://1.2.3.4.evil.com/x",
                              "http://127.0.0.1.evil.com",
                              "http://127.0.0.1.evil.com:80",
                              "https://93.184.216.34.evil.example.com/steal",
                              "https://1.2.3.4.5",
                              "https://127.0.0.1..evil.com",
                              "https://h.example:443.evil.com/",
                              "https://h.example:443evil.com/",
                              "http://127.0.0.1:3000.evil.com",
                              "https://h.example:443:80",
                              "https://h.example:443@evil.com",
                              "https://h.example:-1",
                              "https://h.example:+1",
                              "https://h.example: 1",
                              "https://h.example:0",
                              "https://h.example:65536",
                              "https://h.example:4294967739",
                              "https://user@h.example",
                              "https://@h.example",
                              "https://a:b@h.example",
                              "https://h.example%2eevil.com",
                              "https://h.example%00.evil.com",
                              "https://%68.example",
                              "https://h.example\\.evil.com",
                              "https://h.example\\@evil.com",
                              "https://h.ex\tample",
                              "https://h.ex\nample/",
                              "https://h.example /",
                              "https://h.example;evil.com",
                              "https://h.example,evil.com",
                              "https://h.example!",
                              "https://h.example&evil.com",
                              "https://h.example'",
                              "https://a..b",
                              "https://.h.example",
                              "https://h.example..",
                              "https://",
                              "https:///h.example/",
                              "https:/h.example/",
                              "https:h.example",
                              "//h.example/",
                              "h.example",
                              "",
                              "https://[::1",
                              "https://::1",
                              "https://[::1].evil.com/",
                              "https://[::1]evil.com",
                              "https://[fe80::1%25eth0]/",
                              "https://[1.2.3.4]/",
                              "https://[evil.com]/",
                              "https://[]/",
                              "https://ex\xc3\xa4mple.com",
                              "https://\xef\xbc\x91.2.3.4/",
                              "https://h\xe3\x80\x82"
                              "example",
                              "ftp://h.example",
                              "file:///etc/passwd",
                              "data:video/mp4;base64,AAAA",
                              "javascript:alert(1)",
                              "https ://h.example",
                              "https//h.example",
                              "https://h.example/\x01",
                              "https://h.example/a\\b"}) {
        CAPTURE(std::string(given));
        CHECK(Url::parse(given).has_error());
    }
    CHECK(Url::parse("https://" + std::string(300, 'a') + ".example").has_error());
    CHECK(Url::parse("https://h.example/" + std::string(100'000, 'a')).has_error());
    CHECK(Url::parse(std::string("https://h.example\0.evil.com/", 28)).has_error());
    CHECK(Url::parse("https://u@h.example").error().code == "user_info");
    CHECK(Url::parse("https://h.example:1.2").error().code == "not_a_link");
}

TEST_CASE("a reference means what it means at the place where it stands") {
    const auto base = Url::parse("https://cdn.example.net:8443/a/b/c.mp4?x=1").value();
    struct Row {
        const char* reference;
        const char* text;  // "": refused
    };
    const Row rows[] = {
        {"d.mp4", "https://cdn.example.net:8443/a/b/d.mp4"},
        {"./d.mp4", "https://cdn.example.net:8443/a/b/d.mp4"},
        {"../d.mp4", "https://cdn.example.net:8443/a/d.mp4"},
        {"../../../d.mp4", "https://cdn.example.net:8443/d.mp4"},
        {"?y=2", "https://cdn.example.net:8443/a/b/c.mp4?y=2"},
        {"/d e.mp4", "https://cdn.example.net:8443/d%20e.mp4"},
        {"/d?S=a%2bb%3D", "https://cdn.example.net:8443/d?S=a%2bb%3D"},
        {"//other.example/d", "https://other.example/d"},
        {"http://other.example", "http://other.example/"},
        {"HTTPS://Other.example:443/d", "https://other.example/d"},
        {"12:30.mp4", "https://cdn.example.net:8443/a/b/12:30.mp4"},
        {".evil.com/x", "https://cdn.example.net:8443/a/b/.evil.com/x"},
        {"@evil.com/x", "https://cdn.example.net:8443/a/b/@evil.com/x"},
        {"/@evil.com", "https://cdn.example.net:8443/@evil.com"},
        {"", ""},
        {"#top", ""},
        {"//", ""},
        {"///evil.com/", ""},
        {"//user@evil.com/", ""},
        {"//1.2.3.4.evil.com/", ""},
        {"http:evil.com", ""},
        {"https:/evil.com", ""},
        {"file:///etc/passwd", ""},
        {"mailto:x", ""},
        {"/\\evil.com", ""},
        {"\\\\evil.com", ""},
        {"/\tevil", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(std::string(row.reference));
        const auto url = base.resolve(row.reference);
        CHECK((url ? url->text() : "") == row.text);
    }
    CHECK(Url().resolve("/x").has_error());
}

TEST_CASE("a path that is appended changes neither host nor port") {
    const auto base = Url::parse("https://api.example.com/gw/").value();
    CHECK(base.with_path("/v1/models")->text() == "https://api.example.com/gw/v1/models");
    CHECK(base.with_path("/v1/x?alt=sse")->path() == "/gw/v1/x?alt=sse");
    CHECK(base.with_path("/a b/\xe8")->text() == "https://api.example.com/gw/a%20b/%E8");
    for (const auto* path : {"", ".evil.com/v1/chat/completions", "@evil.com/", ":443.evil.com/",
                             ":8080/", "v1/models", "//evil.com/x", "/\\evil.com", "\\evil.com",
                             "/v1#x", "#", "?x", " /v1", "/v1\r\nHost: x", "https://evil.com/"}) {
        CAPTURE(std::string(path));
        const auto url = base.with_path(path);
        REQUIRE(url.has_error());
        CHECK(url.error().kind == Kind::invalid_request);
    }
    CHECK(Url().with_path("/v1").has_error());
    CHECK(Url::parse("https://h.example/?x").value().with_path("/v1").has_error());
    const auto bare = Url::parse("https://h.example").value().with_path("/v1/models").value();
    CHECK(judged(bare) == dialled(bare.text()));
    CHECK(bare.text() == "https://h.example/v1/models");
}

TEST_CASE("a remote id is one path segment whatever it holds") {
    CHECK(http::encode_segment("task_Ab-1.~") == "task_Ab-1.~");
    CHECK(http::encode_segment("a/b?c#d%e f") == "a%2Fb%3Fc%23d%25e%20f");
    CHECK(http::encode_segment("..") == "%2E%2E");
    CHECK(http::encode_segment("\xe5\xb0\x8f") == "%E5%B0%8F");
}
