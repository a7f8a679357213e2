// A gateway in the same process: executes requests, keeps the books, renders videos in virtual
// time. It is what happens behind the network; sim_network loses, delays and cuts.

#pragma once

#include "base/random.hpp"
#include "http/message.hpp"
#include "tests/oracle/oracle.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace nightshift::test {

// How often what happens, 0..1 each, drawn from the seed.
struct GatewayMoods {
    double refused = 0;     // a 5xx with the gateway's own error: nothing executed
    double empty = 0;       // a good reply without content
    double as_link = 0;     // paid images and speech come as links
    double large = 0;       // replies with images are larger than what stays in memory
    double task_fails = 0;  // accepted videos that fail
    double task_lost = 0;   // ... that the gateway forgets
    double flapping = 0;    // polls that say task_not_exist though the task is there
    double poll_trouble = 0;
    double link_dies = 0;         // links that are dead when they are first fetched
    double link_lifetime_s = 0;   // 0: for ever
    double crowded = 0;           // part of each hour in which everything is 429
    bool short_of_money = false;  // for a while in the middle, 403 insufficient_user_quota
    int requests_per_minute = 0;  // over any 60 s; 0: no limit
};

class SimGateway {
public:
    SimGateway(GatewayMoods moods, std::uint64_t seed) : moods_(moods), random_(seed) {}

    // One request that arrived whole at `now_s` (virtual seconds since the night began).
    http::Reply answer(const http::Request& request, double now_s);
    // From now on nothing goes wrong any more.
    void calm() {
        moods_ = {.as_link = moods_.as_link,
                  .large = moods_.large,
                  .requests_per_minute = moods_.requests_per_minute};
    }

    const std::vector<BookEntry>& books() const { return books_; }
    bool ended_badly(const std::string& remote_id) const;  // failed or lost at the gateway
    // What a finished task's file must be.
    bool is_whole(const std::string& name, const std::string& bytes) const;
    // The answer that a text request with this body gets.
    static std::string text_for(std::string_view body);
    void note_post(double now_s);                   // one leaves the client
    int over_limit() const { return over_limit_; }  // ... above requests_per_minute

private:
    struct Task {
        double done_at_s = 0;
        bool fails = false, lost = false;
        std::string link;
    };
    struct Link {
        std::string bytes, type;
        double dies_at_s = 0;
    };
    http::Reply post(const http::Request& request, const std::string& path, double now_s);
    http::Reply poll(const std::string& path, double now_s);
    http::Reply fetch(const http::Request& request, const std::string& path, double now_s);
    http::Reply executed(const http::Request& request, const std::string& path, double now_s);
    std::optional<http::Reply> refusal(double now_s);
    std::string link_to(std::string bytes, std::string type, double now_s);
    bool happens(double probability) { return probability > 0 && random_.unit() < probability; }

    GatewayMoods moods_;
    Random random_;
    std::vector<BookEntry> books_;
    std::map<std::string, Task> tasks_;
    std::map<std::string, Link> links_;
    std::vector<double> posts_at_s_;
    int over_limit_ = 0;
    int count_ = 0;
};

}  // namespace nightshift::test
