#include "http/body_decoder.hpp"

#include "tests/http/gzip_bytes.hpp"

#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

using namespace nightshift;
using http::BodyDecoder;

namespace {

std::string unpacked(std::string_view codings, std::string_view bytes, std::size_t step) {
    BodyDecoder decoder(codings);
    std::string out;
    const auto take = [&out](std::string_view piece) {
        out += piece;
        return true;
    };
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        if (decoder.decode(bytes.substr(at, step), take) != BodyDecoder::Result::fine) {
            return "broken";
        }
    }
    return decoder.finish(take) ? out : "cut";
}

std::string unpacked(std::string_view codings, std::string_view bytes) {
    const auto whole = unpacked(codings, bytes, bytes.size() + 1);
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
        CHECK(unpacked(codings, bytes, step) == whole);
    }
    return whole;
}

std::string deflated(std::string_view text, int window) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(text.size() + 1000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string zstd_of(std::string_view text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

std::string long_text() {
    std::string text;
    for (int i = 0; i < 40'000; ++i) text += std::to_string(i * 7919);
    return text;
}

}  // namespace

TEST_CASE("every coding that is asked for is undone, also several") {
    for (const std::string& text : {std::string("{\"a\":1}"), long_text(), std::string("abc")}) {
        CHECK(unpacked("gzip", test::gzip_of(text)) == text);
        CHECK(unpacked("X-GZip", deflated(text, 15 + 16)) == text);
        CHECK(unpacked("deflate", deflated(text, 15)) == text);
        CHECK(unpacked("deflate", deflated(text, -15)) == text);
        CHECK(unpacked("deflate", deflated(text, 15 + 16)) == text);
        CHECK(unpacked("zstd", zstd_of(text)) == text);
        CHECK(unpacked("zstd, gzip", test::gzip_of(zstd_of(text))) == text);
        CHECK(unpacked("gzip", test::gzip_of(text) + test::gzip_of(text)) == text + text);
        CHECK(unpacked("gzip", test::gzip_of(text) + "\r\n") == text);
    }
}

TEST_CASE("a body that is not packed is taken as it is, whatever the header says") {
    for (const std::string text : {"{\"a\":1}", "[1]", "data: {}\n\n", "<html>", "RIFFxxxxWAVE", "",
                                   "{}", "{", "\xFF\xD8\xFF\xE0"}) {
        for (const auto* codings : {"gzip", "deflate", "zstd", "gzip, gzip", "br", "UTF-8", "utf8",
                                    "aws-chunked", "identity", "none", "", ",", "gzip, identity"}) {
            CAPTURE(text);
            CAPTURE(codings);
            CHECK(unpacked(codings, text) == text);
        }
    }
    CHECK(unpacked("br, gzip", test::gzip_of("{}")) == "{}");
}

TEST_CASE("a packed body that breaks off, or is damaged, is told") {
    const auto text = long_text();
    for (const auto& [coding, bytes] :
         {std::pair<std::string, std::string>{"gzip", test::gzip_of(text)},
          {"gzip", deflated(text, 15 + 16)},
          {"deflate", deflated(text, 15)},
          {"zstd", zstd_of(text)}}) {
        const auto& codings = coding;  // CAPTURE takes no structured binding with Clang
        const auto& packed = bytes;
        CAPTURE(codings);
        CHECK(unpacked(codings, packed.substr(0, packed.size() / 2), 1000) == "cut");
        CHECK(unpacked(codings, packed.substr(0, packed.size() - 1), 1000) == "cut");
    }
    auto damaged = deflated(text, 15 + 16);
    for (std::size_t i = 100; i < 200; ++i) damaged[i] = static_cast<char>(~damaged[i]);
    CHECK(unpacked("gzip", damaged, 1000) == "broken");
}

TEST_CASE("what takes a body may refuse it") {
    BodyDecoder decoder("gzip");
    const auto refuse = [](std::string_view) { return false; };
    CHECK(decoder.decode(test::gzip_of("text"), refuse) == BodyDecoder::Result::refused);
}
