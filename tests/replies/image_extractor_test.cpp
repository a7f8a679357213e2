#include "replies/image_extractor.hpp"

#include "base/base64.hpp"
#include "base/digest.hpp"
#include "base/random.hpp"
#include "jobs/media/extracted_image.hpp"
#include "jobs/streams/generate_content_reply.hpp"
#include "tests/fakes/large_png.hpp"
#include "tests/simulation/sim_disk.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace nightshift;
using namespace nightshift::test;

namespace {

const auto png = large_png(30'000);
const auto base64 = encode_base64(png);

struct Desk {
    RunFolders folders_on_disk() {
        RunFolders made;
        made.root = "/x.run";
        made.disk = &disk;
        return made;
    }
    // All of `reply` in pieces of `piece` bytes; false when it was given up, and then `left` is
    // what was not taken.
    bool take(std::string_view reply, std::size_t piece = 5'000) {
        for (std::size_t at = 0; at < reply.size(); at += piece) {
            left += reply.substr(at, piece);
            write_what_waits();
            if (!lift.take(left, left.size(), false)) {
                if (at + piece < reply.size()) left += reply.substr(at + piece);
                return false;
            }
        }
        const bool taken = lift.take(left, left.size(), true);
        if (taken) hashes = lift.finish();
        return taken;
    }
    void write_what_waits() {
        io.restart();
        io.poll();
    }
    std::string put_back() const {
        std::string text;
        lift.put_back([&text](std::string_view piece) { text += piece; });
        return text;
    }
    std::string file(int index) {
        const auto opened = disk.open(log.lifted_path(1, 1, index), OpenFor::reading);
        std::string bytes(opened->size(), '\0');
        opened->read(0, bytes.data(), bytes.size());
        return bytes;
    }
    std::size_t files() { return disk.list(folders.replies()).size() - 1; }  // besides the log's

    SimDisk disk{1};
    RunFolders folders = folders_on_disk();
    ReplyLog log{folders};
    boost::asio::io_context io{1};
    Workers writers{io, 0, Worker::Mode::inlined};
    ReplyLift lift{log, writers, 1, 1};
    std::string left;
    std::vector<std::string> hashes;  // of the images
};

std::string mark(int index, std::size_t bytes = png.size()) {
    return jobs::mark_of({.index = index, .bytes = bytes});
}

}  // namespace

TEST_CASE("images are lifted from where they can be, in pieces of any size") {
    for (const std::string_view reply :
         {R"({"data":[{"b64_json":"@"}]})", R"({"data":[{"b64_json":"@"},{"b64_json": "@"}]})",
          R"({"parts":[{"text":"Here, \"this\": ![a](data:image/png;base64,@) so."}]})",
          R"({"parts":[{"text":"data:image/png;base64,@"}]})",
          R"({"parts":[{"inlineData":{"mimeType":"image/png","data":"@"}}]})"}) {
        for (std::size_t piece : {1, 3, 4'095, 4'096, 33'000, 1'000'000}) {
            CAPTURE(reply);
            CAPTURE(piece);
            auto whole = std::string(reply), marked = std::string(reply);
            int images = 0;
            for (auto at = whole.find('@'); at != whole.npos; at = whole.find('@')) {
                whole.replace(at, 1, base64);
                marked.replace(marked.find('@'), 1, mark(++images));
            }
            Desk desk;

            REQUIRE(desk.take(whole, piece));

            CHECK(desk.left.empty());
            CHECK(desk.lift.text() == marked);
            CHECK(desk.put_back() == whole);
            REQUIRE(desk.files() == static_cast<std::size_t>(images));
            for (int index = 1; index <= images; ++index) CHECK(desk.file(index) == png);
            CHECK(desk.hashes == std::vector<std::string>(desk.files(), sha256_hex(png)));
        }
    }
}

TEST_CASE("an image without its padding, and one of the other alphabet, are the same image") {
    auto bare = encode_base64(large_png(30'001));
    while (bare.back() == '=') bare.pop_back();
    auto other = base64;
    for (auto& c : other) c = c == '+' ? '-' : c == '/' ? '_' : c;
    Desk desk;
    REQUIRE(desk.take("[\"" + bare + "\",\"" + other + "\"]"));
    CHECK(desk.file(1) == large_png(30'001));
    CHECK(desk.file(2) == png);
    CHECK(desk.hashes == std::vector{sha256_hex(large_png(30'001)), sha256_hex(png)});
}

TEST_CASE("what does not begin like an image, or not where one does, is not lifted") {
    const auto words = encode_base64(std::string(30'000, 'x'));
    const auto few = encode_base64(large_png(2'000));
    for (const auto& reply :
         {"{\"thoughtSignature\":\"" + words + "\"}", "{\"b64_json\":\"" + few + "\"}",
          "{\"text\":\"" + std::string("see ") + base64 + "\"}",
          "{\"text\":\"a,b," + base64 + "\"}", "{\"text\":\"\\\"" + base64 + "\\\"\"}"}) {
        CHECK_FALSE(ReplyLift::is_worthwhile(reply));
        Desk desk;
        CHECK(desk.take(reply));
        CHECK(desk.lift.text() == reply);
        CHECK(desk.files() == 0);
    }
}

TEST_CASE("an image is worth lifting from one JSON object, not from a stream") {
    const auto reply = "{\"data\":[{\"b64_json\":\"" + base64 + "\"}]}";
    CHECK(ReplyLift::is_worthwhile(reply));
    CHECK(ReplyLift::is_worthwhile(": PING\n\n " + reply));
    CHECK_FALSE(ReplyLift::is_worthwhile("data: " + reply));
    CHECK_FALSE(ReplyLift::is_worthwhile("event: x\ndata: " + reply));
    CHECK_FALSE(ReplyLift::is_worthwhile("[" + reply + "]"));
}

TEST_CASE("what turns out to be no whole image is put back as it was") {
    const auto wrapped = base64.substr(0, 8'000) + "\\n" + base64.substr(8'000);
    const auto again = encode_base64(png + std::string(3 - png.size() % 3, 'x')) + "==" + "AAAA";
    std::vector<std::string> replies = {
        "{\"b64_json\":\"" + wrapped + "\"}", "{\"b64_json\":\"" + base64 + ")\"}",
        "{\"text\":\"data:image/png;base64," + base64 + "\\n\\nA foal.\"}",
        "[\"" + base64 + "\",\"" + wrapped + "\"]", "{\"b64_json\":\"" + again + "\"}"};
    for (std::size_t at = 8'000; at < 8'004; ++at) {  // wherever in a group of four
        const auto front = "{\"b64_json\":\"" + base64.substr(0, at);
        replies.push_back(front);
        replies.push_back(front + "\\u002b" + base64.substr(at) + "\"}");
        replies.push_back(front + "\\u003d\\u003d\"}");
        replies.push_back(front + "=\\u003d\"}");
    }
    for (const auto& reply : replies) {
        for (std::size_t piece : {7, 5'000, 1'000'000}) {
            CAPTURE(reply.substr(0, 40));
            CAPTURE(piece);
            Desk desk;
            CHECK_FALSE(desk.take(reply, piece));
            CHECK(desk.put_back() + desk.left == reply);
            desk.lift.discard();
            CHECK(desk.files() == 0);
        }
    }
}

TEST_CASE("a disk that refuses leaves what is needed to put the images back") {
    const auto large = encode_base64(large_png(300'000));
    const auto reply = "[\"" + large + "\",\"" + large + "\"]";
    for (std::uint64_t room = 0; room <= 650'000; room += 50'000) {
        CAPTURE(room);
        Desk desk;
        desk.disk.set_capacity(desk.disk.used() + room);
        bool refused = false;
        std::size_t came = 0;
        try {
            while (came < reply.size()) {
                desk.left += reply.substr(came, 50'000);
                came = std::min(came + 50'000, reply.size());
                desk.lift.take(desk.left, desk.left.size(), came == reply.size());
                desk.write_what_waits();
            }
            desk.lift.finish();
        } catch (const DiskFull&) {
            refused = true;
        }
        const bool is_equal = desk.put_back() + desk.left == reply.substr(0, came);
        CHECK(is_equal);
        CHECK(refused == (room < 650'000));
    }
}

TEST_CASE("an image is put back from what was written of it and from what was not") {
    const auto large = encode_base64(large_png(300'000));
    Desk desk;
    desk.left = "[\"" + large.substr(0, 200'001);
    REQUIRE(desk.lift.take(desk.left, desk.left.size(), false));
    desk.write_what_waits();
    CHECK(desk.disk.used() > 149'000);
    desk.left += large.substr(200'001, 50'000);
    REQUIRE(desk.lift.take(desk.left, desk.left.size(), false));
    CHECK(desk.put_back() + desk.left == "[\"" + large.substr(0, 250'001));
    desk.lift.discard();
    CHECK(desk.files() == 0);
}

TEST_CASE("marks that the gateway wrote are put back as what they are") {
    const auto reply = "[\"" + mark(1) + "\",\"" + base64 + "\",\"" + mark(1) + mark(7) + "\"]";
    Desk desk;
    CHECK(desk.take(reply));
    CHECK(desk.put_back() == reply);
}

TEST_CASE("of more images than a reply may have the first are lifted") {
    std::string reply = "[", marked = "[";
    for (int index = 1; index <= 20; ++index) {
        reply += "\"" + base64 + "\",";
        marked += "\"" + (index <= 16 ? mark(index) : base64) + "\",";
    }
    Desk desk;
    CHECK(desk.take(reply + "0]"));
    CHECK(desk.lift.text() == marked + "0]");
    CHECK(desk.files() == 16);
}

TEST_CASE("whatever comes, in whatever pieces, can be put back") {
    const auto image = encode_base64(large_png(4'000));
    const std::vector<std::string> parts = {"\"",
                                            ",",
                                            ")",
                                            "\\",
                                            ";base64,",
                                            "{",
                                            "A",
                                            "=",
                                            "==",
                                            mark(99),
                                            "\\n",
                                            "\"" + image + "\"",
                                            ";base64," + image + ")",
                                            "\"" + image,
                                            image,
                                            image.substr(0, 4'198) + "A",
                                            image.substr(0, 4'197) + "A",
                                            std::string(100, 'A')};
    Random random(7);
    const auto bare = [](std::string text) {  // a whole image may have got its padding
        for (const char* end : {"=\"", "=)"}) {
            for (auto at = text.find(end); at != text.npos; at = text.find(end)) text.erase(at, 1);
        }
        return text;
    };
    int lifted = 0, given_up = 0;
    for (int round = 0; round < 2'000; ++round) {
        std::string reply;
        for (auto left = random.bits() % 10; left > 0; --left) {
            reply += parts[random.bits() % parts.size()];
        }
        const auto piece = 1 + random.bits() % (round % 2 == 0 ? 50 : 9'000);
        CAPTURE(round);
        Desk desk;
        const bool taken = desk.take(reply, piece);
        REQUIRE(bare(desk.put_back() + desk.left) == bare(reply));
        lifted += taken && desk.files() > 0 ? 1 : 0;
        given_up += taken ? 0 : 1;
    }
    CHECK(lifted > 100);
    CHECK(given_up > 100);
}

TEST_CASE("what is lifted is what the job finds in the reply as it came, and nothing else") {
    const std::string first = R"({"candidates":[{"content":{"parts":[)";
    const std::string last = R"(]},"finishReason":"STOP"}]})";
    int lifted = 0;
    for (const char* parts :
         {R"x({"inlineData":{"mimeType":"image/png","data":"@"}})x",
          R"x({"inline_data":{"data":"@"}},{"text":"words"})x",
          R"x({"thought":true,"inlineData":{"data":"@"}},{"inlineData":{"data":"@"}})x",
          R"x({"text":"a ![i](data:image/png;base64,@) b"})x", R"x({"text":"@"})x",
          R"x({"text":"![i](data:image/png;base64,@)![j](data:image/png;base64,@)"})x",
          R"x({"text":"![i](data:image/png;base64,@ \"title\")"})x", R"x({"text":"@\nEnjoy"})x",
          R"x({"text":"Here:\n@"})x", R"x({"text":"{\"image\": \"@\"}"})x",
          R"x({"text":"![i](data:image/png;Base64,@)"})x", R"x({"fileData":{"fileUri":"@"}})x",
          R"x({"text":"a","thoughtSignature":"@"})x", R"x({"text":"<img src='data:;base64,@'>"})x",
          R"x({"text":"![i](data:image/png;base64,@\n\nEnjoy (really)"})x"}) {
        CAPTURE(parts);
        auto reply = first + parts + last;
        for (auto at = reply.find('@'); at != reply.npos; at = reply.find('@', at)) {
            reply.replace(at, 1, base64);
        }
        Desk desk;
        const auto text = desk.take(reply) ? desk.lift.text() : reply;
        const auto plain = jobs::Json::parse(reply), marked = jobs::Json::parse(text);
        REQUIRE((plain && marked));
        const auto expected = jobs::answer_of_content(plain->root(), true);
        const auto found = jobs::answer_of_content(marked->root(), true);
        CHECK(found.text == expected.text);
        REQUIRE(found.images.size() == expected.images.size());
        for (std::size_t at = 0; at < found.images.size(); ++at) {
            const auto& image = found.images[at];
            lifted += image.lifted > 0 ? 1 : 0;
            const bool same = (image.lifted > 0 ? desk.file(image.lifted) : image.bytes) ==
                              expected.images[at].bytes;
            CHECK(same);
        }
    }
    CHECK(lifted >= 8);
}
