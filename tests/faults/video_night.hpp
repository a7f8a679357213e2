// One video on the virtual clock: accepted, done at once, and then its links and what they give.

#pragma once

#include "tests/fakes/virtual_world.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>
#include <vector>

namespace nightshift::test {

inline const std::string result_host = "https://cdn.example.net";

// A clip as the wire contract has it, of some length.
std::string clip(std::size_t frames = 4096, char filling = 'x');

// A reply of an object store: the whole, or its beginning with `trouble` behind it.
http::Reply stored(const std::string& bytes, const std::string& etag = "\"1\"");
http::Reply cut(http::Reply reply, std::size_t at,
                http::Trouble trouble = http::Trouble::truncated);
// What a store answers to `Range: bytes=FROM-` of the object.
http::Reply rest_of(const std::string& bytes, std::size_t from, const std::string& etag = "\"1\"");
http::Reply refused(int status, const std::string& body = "<Error>gone</Error>");
http::Reply redirect(const std::string& to);

struct VideoNight {
    // The link that each further poll gives; the last one stays. "" is none.
    std::vector<std::string> links = {result_host + "/a.mp4"};
    // Called for every fetch; `n` counts them from 1.
    std::function<http::Reply(const Exchange& fetch, int n)> store;
    // The gateway's own copy is none unless a link leads to it: asking for it is no fetch here.
    int copies_asked = 0;

    const ScratchFolder folder = {};
    double later_s = 0, stopped_at_s = 0, deadline_s = 25 * 3600, max_duration_s = 0;
    int polls = 0;
    std::vector<Exchange> fetches = {};

    Ran run();

    // The video under its final name; "" when there is none.
    std::string video() const;
    bool nothing_is_final() const;

private:
    http::Reply answer(const Exchange& asked);
};

nlohmann::json line_of(const Ran& ran, const std::string& id = "v");

}  // namespace nightshift::test
