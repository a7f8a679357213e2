// faults.md findings 2 and 3, rows 66 to 68, 89; odd spellings as in its OWASP row.

#include "http/origin.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using http::Origin;

namespace {

std::string code_of(const Result<http::SafeLink>& link) {
    return link ? "ok" : link.error().code;
}

}  // namespace

TEST_CASE("a base URL is brought to one spelling") {
    struct Row {
        const char* given;
        const char* base;
        const char* identity;
    };
    const Row rows[] = {
        {"https://api.example.com", "https://api.example.com", "https://api.example.com"},
        {" https://api.example.com/v1/ ", "https://api.example.com", "https://api.example.com"},
        {"HTTPS://API.Example.com:443/", "https://api.example.com", "https://api.example.com"},
        {"https://api.example.com.:8443//", "https://api.example.com:8443",
         "https://api.example.com:8443"},
        {"https://h.example/gw/v1", "https://h.example/gw", "https://h.example"},
        {"https://h.example/v1beta", "https://h.example/v1beta", "https://h.example"},
        {"http://127.0.0.1:8787/v1", "http://127.0.0.1:8787", "http://127.0.0.1:8787"},
        {"http://2130706433:80", "http://127.0.0.1", "http://127.0.0.1"},
        {"http://localhost:1", "http://localhost:1", "http://localhost:1"},
        {"http://[::1]:1/", "http://[::1]:1", "http://[::1]:1"},
        {"https://10.0.0.5", "https://10.0.0.5", "https://10.0.0.5"},
    };
    for (const auto& row : rows) {
        CAPTURE(std::string(row.given));
        const auto origin = Origin::parse(row.given);
        REQUIRE(origin.has_value());
        CHECK(origin->base() == row.base);
        CHECK(origin->identity() == row.identity);
        CHECK(origin->url("/v1/models")->text() == std::string(row.base) + "/v1/models");
    }
}

TEST_CASE("a base URL that would leak the key or cannot work is refused with a remedy") {
    for (const auto* given : {"",
                              "api.example.com",
                              "ftp://h.example",
                              "http://h.example",
                              "http://10.0.0.5",
                              "https://",
                              "https://user:secret@h.example",
                              "https://h.example/?key=secret",
                              "https://h.example/#x",
                              "https://h.example:0",
                              "https://h.example:99999",
                              "https://h%2fevil.example",
                              "https://h.example\\@evil.example",
                              "https://a b.example",
                              "https://a\n.example",
                              "https://exämple.com",
                              "https://[::1",
                              "https://a..b",
                              "http://127.0.0.1.example.com",
                              "http://127.0.0.1.example.com/v1",
                              "https://93.184.216.34.example.com",
                              "https://h.example:443.evil.example",
                              "http://127.0.0.1:80.evil.example",
                              "https://h.example:443:80"}) {
        CAPTURE(std::string(given));
        const auto origin = Origin::parse(given);
        REQUIRE_FALSE(origin.has_value());
        CHECK(origin.error().kind == Kind::misconfigured);
        CHECK(origin.error().message.find("secret") == std::string::npos);
    }
}

TEST_CASE("fault row 68: the key goes to the gateway's own origin only") {
    const auto gateway = Origin::parse("https://api.example.com").value();

    for (const auto* own :
         {"https://api.example.com/v1/videos/1/content", "HTTPS://API.EXAMPLE.COM:443/x",
          "https://api.example.com./x", "https://api.example.com"}) {
        CAPTURE(std::string(own));
        CHECK(gateway.same_origin(http::Url::parse(own).value()));
    }
    for (const auto* foreign :
         {"http://api.example.com/x", "https://api.example.com:8443/x", "https://example.com/x",
          "https://api.example.com.evil.net/x", "https://evil.net/https://api.example.com",
          "https://evil.net/@api.example.com"}) {
        CAPTURE(std::string(foreign));
        CHECK_FALSE(gateway.same_origin(http::Url::parse(foreign).value()));
    }
    CHECK_FALSE(gateway.same_origin(http::Url()));
    CHECK_FALSE(Origin().same_origin(http::Url()));
}

TEST_CASE("fault row 67: links from the wire are judged before they are fetched") {
    const auto gateway = Origin::parse("https://api.example.com").value();
    struct Row {
        const char* link;
        const char* code;
    };
    const Row rows[] = {
        {"https://cdn.example.net/a.mp4?Expires=1&Signature=a%2Bb%3D", "ok"},
        {" https://cdn.example.net/a.mp4\n", "ok"},
        {"https://8.8.8.8/a.mp4", "ok"},
        {"https://[2606:4700::1111]/a.mp4", "ok"},
        {"http://cdn.example.net/a.mp4", "ok"},
        {"http://8.8.8.8:80/a.mp4", "ok"},
        {"http://10.0.0.5/a.mp4", "private_host"},
        {"https://93.184.216.34.evil.example.com/steal", "not_a_link"},
        {"https://api.example.com:443.evil.example.com/", "not_a_link"},
        {"https://user@cdn.example.net/a.mp4", "user_info"},
        {"file:///etc/passwd", "not_a_link"},
        {"gopher://h.example/", "not_a_link"},
        {"data:video/mp4;base64,AAAA", "not_a_link"},
        {"task failed: upstream error", "not_a_link"},
        {"videos/1.mp4", "not_a_link"},
        {"", "not_a_link"},
        {"https://", "not_a_link"},
        {"https://a%2Fb.example/", "not_a_link"},
        {"https://cdn.example.net\\@127.0.0.1/", "not_a_link"},
        {"https://127.0.0.1/a", "private_host"},
        {"https://0x7f.1/a", "private_host"},
        {"https://2130706433/a", "private_host"},
        {"https://0177.0.0.1/a", "private_host"},
        {"https://[::1]/a", "private_host"},
        {"https://[::ffff:127.0.0.1]/a", "private_host"},
        {"https://localhost/a", "private_host"},
        {"https://x.localhost./a", "private_host"},
        {"http://169.254.169.254/latest/meta-data", "private_host"},
        {"https://metadata.google.internal/", "private_host"},
        {"//10.0.0.1/a", "private_host"},
    };
    for (const auto& row : rows) {
        CAPTURE(std::string(row.link));
        CHECK(code_of(judge_link(gateway, row.link)) == row.code);
    }
}

TEST_CASE("a judged link keeps its path and signature as they came") {
    const auto gateway = Origin::parse("https://api.example.com").value();

    const auto foreign =
        judge_link(gateway, "HTTPS://CDN.Example.net:443/a%20b/%7Ec/../d e.mp4?S=a%2bb%3D|x#t=1");
    const auto relative = judge_link(gateway, "/v1/videos/1/content?x=1");

    CHECK(foreign->url.text() == "https://cdn.example.net/a%20b/%7Ec/../d%20e.mp4?S=a%2bb%3D%7Cx");
    CHECK_FALSE(foreign->with_key);
    CHECK(foreign->public_only);
    CHECK(relative->url.text() == "https://api.example.com/v1/videos/1/content?x=1");
    CHECK(relative->with_key);
    CHECK_FALSE(relative->public_only);
}

TEST_CASE("a gateway on loopback may link to loopback, and nobody else") {
    const auto sandbox = Origin::parse("http://127.0.0.1:8787").value();

    const auto own = judge_link(sandbox, "http://127.0.0.1:8787/files/1.mp4");
    const auto other_port = judge_link(sandbox, "http://localhost:9000/1.mp4");

    CHECK(own->with_key);
    CHECK_FALSE(other_port->with_key);
    CHECK_FALSE(other_port->public_only);
    CHECK(code_of(judge_link(sandbox, "https://10.0.0.1/a")) == "private_host");
    CHECK(code_of(judge_link(sandbox, "http://127.0.0.1:8787.evil.example.com/")) == "not_a_link");
    CHECK(judge_link(sandbox, "https://cdn.example.net/a")->public_only);
}

TEST_CASE("plain http is tried over https first where the link names no port") {
    const auto gateway = Origin::parse("https://api.example.com").value();

    const auto bare = judge_link(gateway, "http://cdn.example.net/a.mp4?x").value();
    const auto with_port = judge_link(gateway, "http://cdn.example.net:80/a.mp4").value();
    const auto of_gateway = judge_link(gateway, "http://api.example.com/a.mp4").value();

    CHECK(bare.url.text() == "https://cdn.example.net/a.mp4?x");
    REQUIRE(bare.plain.has_value());
    CHECK(bare.plain->text() == "http://cdn.example.net/a.mp4?x");
    CHECK(bare.public_only);
    CHECK(with_port.url.text() == "http://cdn.example.net/a.mp4");
    CHECK_FALSE(with_port.plain.has_value());
    CHECK_FALSE(of_gateway.with_key);  // neither over https: what is told is not the gateway
    CHECK(judge_link(gateway, "https://cdn.example.net/a").value().plain == std::nullopt);
}

TEST_CASE("a redirect keeps the key within the gateway, and leads nowhere inward") {
    const auto gateway = Origin::parse("https://api.example.com").value();
    const auto own = judge_link(gateway, "/v1/videos/1/content").value();
    const auto outside = judge_link(gateway, "https://cdn.example.net/a/b").value();

    CHECK(judge_redirect(gateway, own, "/files/1")->with_key);
    CHECK(judge_redirect(gateway, own, "content/")->url.text() ==
          "https://api.example.com/v1/videos/1/content/");
    CHECK_FALSE(judge_redirect(gateway, own, "https://cdn.example.net/a")->with_key);
    CHECK_FALSE(judge_redirect(gateway, own, "http://api.example.com/a")->with_key);
    CHECK_FALSE(judge_redirect(gateway, own, "https://api.example.com:444/a")->with_key);
    CHECK_FALSE(judge_redirect(gateway, outside, "https://api.example.com/files/1")->with_key);
    CHECK(judge_redirect(gateway, outside, "../c")->url.text() == "https://cdn.example.net/c");
    CHECK(code_of(judge_redirect(gateway, outside, "")) == "not_a_link");

    const auto sandbox = Origin::parse("http://127.0.0.1:8787").value();
    const auto from_outside = judge_link(sandbox, "https://cdn.example.net/a").value();
    for (const auto* inward :
         {"http://127.0.0.1:8787/x", "http://localhost:1/", "https://[::1]/"}) {
        CHECK(code_of(judge_redirect(sandbox, from_outside, inward)) == "private_host");
    }
    const auto store = judge_link(sandbox, "http://localhost:9000/a").value();
    CHECK_FALSE(judge_redirect(sandbox, store, "http://127.0.0.1:8787/x")->with_key);
}

TEST_CASE("hosts that are not public are known in every spelling") {
    for (const auto* host : {"",
                             "localhost",
                             "LOCALHOST.",
                             "a.localhost",
                             "intranet",
                             "printer.local",
                             "x.internal",
                             "0.0.0.0",
                             "10.1.2.3",
                             "100.64.0.1",
                             "127.0.0.1",
                             "127.1",
                             "0x7f.1",
                             "017700000001",
                             "2130706433",
                             "169.254.169.254",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.168.1.1",
                             "192.0.2.1",
                             "198.18.0.1",
                             "224.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "[::1]",
                             "::ffff:10.0.0.1",
                             "::ffff:7f00:1",
                             "64:ff9b::7f00:1",
                             "2002:7f00:1::",
                             "fc00::1",
                             "fd12::1",
                             "fe80::1",
                             "fe80::1%eth0",
                             "ff02::1",
                             "2001:db8::1",
                             "::127.0.0.1",
                             "1.2.3.256",
                             "10.0.0.0.1"}) {
        CAPTURE(std::string(host));
        CHECK(http::is_private_host(host));
    }
    for (const auto* host : {"example.com", "EXAMPLE.com.", "1.1.1.1", "100.63.0.1", "172.32.0.1",
                             "11.0.0.1", "2606:4700::1111", "[2606:4700::1111]", "::ffff:8.8.8.8",
                             "64:ff9b::808:808", "localhost.example.com", "10.0.0.1.example.com"}) {
        CAPTURE(std::string(host));
        CHECK_FALSE(http::is_private_host(host));
    }
}

TEST_CASE("media links of a manifest must be public") {
    for (const auto* good : {"https://example.com/a.png", "http://example.com/a b.png",
                             "https://cdn.example.com:8443/x?y=z"}) {
        CAPTURE(std::string(good));
        CHECK(http::problem_of_media_url(good, false).empty());
    }
    for (const auto* bad :
         {"", "./a.png", "/etc/passwd", "C:\\a.png", "data:image/png;base64,AAAA", "file:///a.png",
          "ftp://example.com/a", "https://u:p@example.com/", "https://", "http://127.0.0.1/a",
          "http://localhost:1/a", "https://192.168.0.1/a"}) {
        CAPTURE(std::string(bad));
        CHECK_FALSE(http::problem_of_media_url(bad, false).empty());
    }
    CHECK(http::problem_of_media_url("http://127.0.0.1:8787/a.png", true).empty());
    CHECK_FALSE(http::problem_of_media_url("http://192.168.0.1/a.png", true).empty());
}

TEST_CASE("signed links say when they die") {
    struct Row {
        const char* url;
        std::int64_t expiry;
    };
    const Row rows[] = {
        {"https://h/a", 0},
        {"https://h/a?Expires=1", 1},
        {"https://h/a?OSSAccessKeyId=x&Expires=1779381684&Signature=y", 1779381684},
        {"https://h/a?X-Tos-Date=20260521T164124Z&X-Tos-Expires=86400", 1779468084},
        {"https://h/a?X-Amz-Expires=60&X-Amz-Date=20260521T164124Z#f", 1779381744},
        {"https://h/a?X-Amz-Date=20260231T164124Z&X-Amz-Expires=60", 0},
        {"https://h/a?X-Amz-Date=20260521T164124Z", 0},
        {"https://h/a?Expires=soon", 0},
        {"https://h/a?Expires=-5", 0},
        {"https://h/a?Expires=99999999999999999999", 0},
    };
    for (const auto& row : rows) {
        CAPTURE(std::string(row.url));
        CHECK(http::expiry_of_link(row.url) == row.expiry);
    }
}
