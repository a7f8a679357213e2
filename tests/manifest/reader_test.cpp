#include "manifest/reader.hpp"

#include "base/bounds.hpp"
#include "base/failure.hpp"
#include "manifest_fixture.hpp"

#include <zlib.h>
#include <zstd.h>

#include <string>
#include <vector>

using namespace nightshift;
using namespace nightshift::test;

namespace {

struct Read {
    std::vector<std::string> lines;
    std::vector<std::pair<std::int64_t, std::int64_t>> places;
    std::string problems;
    bool document = false;
};

Read read_file(const std::string& path) {
    Read read;
    ManifestReader reader(path, [&](Problem&& problem) { read.problems += problem.text() + '\n'; });
    read.document = reader.is_document();
    RawLine line;
    while (reader.next(line)) {
        read.lines.emplace_back(line.text);
        read.places.emplace_back(line.line, line.column);
        CHECK(line.text.data()[line.text.size() + 63] + 1 != 1000);  // readable behind: ASan looks
    }
    return read;
}

Read read_bytes(std::string_view bytes) {
    TemporaryFolder folder;
    return read_file(folder.file("m.jsonl", bytes));
}

std::string gzipped(const std::string& text) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string zstd(const std::string& text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    const auto size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3);
    REQUIRE(ZSTD_isError(size) == 0);
    out.resize(size);
    return out;
}

using Lines = std::vector<std::string>;
using Places = std::vector<std::pair<std::int64_t, std::int64_t>>;

}  // namespace

TEST_CASE(
    "fault row 83: a byte order mark, CRLF, blank lines and a missing last line feed are "
    "accepted") {
    const auto read = read_bytes("\xEF\xBB\xBF{\"a\":1}\r\n\r\n  \t \n{\"b\":2} \n\n{\"c\":3}");

    CHECK(read.lines == Lines{"{\"a\":1}", "{\"b\":2}", "{\"c\":3}"});
    CHECK(read.places == Places{{1, 1}, {4, 1}, {6, 1}});
    CHECK(read.problems.empty());
}

TEST_CASE("an empty file has no lines") {
    CHECK(read_bytes("").lines.empty());
    CHECK(read_bytes("\n\n\r\n").lines.empty());
    CHECK(read_bytes("\xEF\xBB\xBF").lines.empty());
}

TEST_CASE("fault row 83: other encodings and archives are named, once") {
    using namespace std::string_literals;
    CHECK(read_bytes("\xFF\xFE{\0\"\0"s).problems ==
          "1:1: the file is UTF-16, not UTF-8; convert it: iconv -f UTF-16 -t UTF-8\n");
    CHECK(read_bytes("{\0\"\0a\0\n\0{\0"s).problems ==
          "1:1: the file is UTF-16LE, not UTF-8; convert it: iconv -f UTF-16LE -t UTF-8\n");
    CHECK(read_bytes("\0{\0\"\0a"s).problems ==
          "1:1: the file is UTF-16BE, not UTF-8; convert it: iconv -f UTF-16BE -t UTF-8\n");
    CHECK(read_bytes("\xFF\xFE\0\0{\0\0\0"s).problems ==
          "1:1: the file is UTF-32, not UTF-8; convert it: iconv -f UTF-32 -t UTF-8\n");
    CHECK(read_bytes("PK\x03\x04zip").problems ==
          "1:1: the file is a zip archive; write JSON lines, plain or as .gz or .zst\n");
    CHECK(read_bytes("PK\x03\x04zip").lines.empty());
}

TEST_CASE(
    "fault row 83: gzip and zstd are told by their bytes, several members and frames included") {
    std::string many;
    for (int i = 0; i < 50'000; ++i) many += "{\"id\":\"row-" + std::to_string(i) + "\"}\n";

    const auto plain = read_bytes(many + "{}\n");
    const auto gz = read_bytes(gzipped(many) + gzipped("{}\n"));
    const auto zst = read_bytes(zstd(many) + zstd("{}\n"));

    CHECK(plain.lines.size() == 50'001);
    CHECK(gz.lines == plain.lines);
    CHECK(zst.lines == plain.lines);
    CHECK(gz.problems.empty());
    CHECK(zst.problems.empty());
}

TEST_CASE("fault row 83: a damaged archive gives its good lines and one problem") {
    std::string many;
    for (int i = 0; i < 50'000; ++i) many += "{\"id\":\"row-" + std::to_string(i * 7919) + "\"}\n";
    const std::string gz = gzipped(many), zst = zstd(many);

    const auto cut_gz = read_bytes(gz.substr(0, gz.size() / 2));
    const auto cut_zst = read_bytes(zst.substr(0, zst.size() / 2));
    const auto bad_gz = read_bytes(gz.substr(0, 1000) + std::string(1000, 'x') + gz.substr(2000));

    CHECK(cut_gz.problems.find("the gzip data ends early; is") != std::string::npos);
    CHECK(cut_gz.lines.size() > 1000);
    CHECK(cut_zst.problems.find("the zstd data ends early") != std::string::npos);
    CHECK(bad_gz.problems.find("the gzip data is damaged") != std::string::npos);
}

TEST_CASE("fault row 84: a line that is too long is one problem; reading goes on behind it") {
    const std::string full(limits::manifest_line_bytes, 'x');

    const auto read =
        read_bytes("{}\n" + full + "y\n{\"a\":1}\n" + full + "\n{\"b\":1}\n" + full + "z");

    CHECK(read.lines.size() == 4);
    CHECK(read.lines[1] == "{\"a\":1}");
    CHECK(read.lines[2].size() == limits::manifest_line_bytes);
    CHECK(read.problems ==
          "2:1: the line is longer than 64 MiB; put large media behind a link\n"
          "6:1: the line is longer than 64 MiB; put large media behind a link\n");
}

TEST_CASE("lines around the size of the buffer come out whole") {
    for (const std::size_t size : {(1u << 20) - 1, 1u << 20, (1u << 20) + 1, (3u << 20) + 7}) {
        const std::string line(size, 'x');
        const auto read = read_bytes(line + "\n" + line + "\n{}");
        CHECK(read.lines == Lines{line, line, "{}"});
    }
}

TEST_CASE("an Anthropic document gives its requests with line and column") {
    const auto one = read_bytes(R"({"requests":[{"a":"]},{"}, {"b":[1,{"c":"\""}]}]})");
    const auto pretty =
        read_bytes("{\n  \"requests\" : [\n    {\"a\":\n 1},\n    {\"b\":2}\n  ]\n}\n");

    CHECK(one.document);
    CHECK(one.lines == Lines{R"({"a":"]},{"})", R"({"b":[1,{"c":"\""}]})"});
    CHECK(one.places == Places{{1, 14}, {1, 28}});
    CHECK(one.problems.empty());
    CHECK(pretty.lines == Lines{"{\"a\":\n 1}", "{\"b\":2}"});
    CHECK(pretty.places == Places{{3, 5}, {5, 5}});
    CHECK(pretty.problems.empty());
}

TEST_CASE("a document of 100,000 requests in one line is read with little memory") {
    std::string text = "{\"requests\":[";
    const std::string filler(200, 'x');
    for (int i = 0; i < 100'000; ++i) {
        text += (i > 0 ? ",{\"custom_id\":\"" : "{\"custom_id\":\"") + std::to_string(i) +
                "\",\"x\":\"" + filler + "\"}";
    }

    const auto read = read_bytes(text + "]}\n");

    CHECK(read.lines.size() == 100'000);
    CHECK(read.lines.back().substr(0, 22) == "{\"custom_id\":\"99999\",\"");
    CHECK(read.problems.empty());
}

TEST_CASE("a document that is not whole is told") {
    CHECK(read_bytes(R"({"requests":[{"a":1},{"b":)").problems ==
          "1:22: the document ends in the middle of a request that begins here; is the file whole? "
          "Look for a missing quote or bracket\n");
    CHECK(read_bytes(R"({"requests":[{"a":1})").problems ==
          "1:21: the document ends before its list of requests; is the file whole?\n");
    CHECK(read_bytes(R"({"requests":[{"a":1}])").problems ==
          "1:22: the document's last '}' is missing; is the file whole?\n");
    CHECK(read_bytes(R"({"requests":[{"a":1}],"x":2})").problems ==
          "1:22: text behind the list of requests was not read; a create document has nothing but "
          "\"requests\"\n");
    CHECK(read_bytes(R"({"requests":[]})").problems.empty());
}

TEST_CASE("a request of a document that is too long is passed over") {
    const std::string full(limits::manifest_line_bytes + 2'000'000, 'x');

    const auto read = read_bytes("{\"requests\":[{\"a\":1},{\"b\":\"" + full + "\"},{\"c\":1}]}");

    CHECK(read.lines == Lines{"{\"a\":1}", "{\"c\":1}"});
    CHECK(read.problems.find("the request is longer than 64 MiB") != std::string::npos);
}

TEST_CASE("a file that cannot be read is a usage error that names it") {
    CHECK_THROWS_WITH_AS(read_file("/nowhere/m.jsonl"),
                         "cannot open /nowhere/m.jsonl: No such file or directory", UsageError);
    CHECK_THROWS_WITH_AS(read_file("/tmp"), "/tmp is a folder; give a file", UsageError);
}
