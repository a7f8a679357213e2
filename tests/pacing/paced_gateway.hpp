// The gateway of a case on a virtual clock: the stand-in's own hidden limits, work that takes its
// time, what goes wrong by chance - the same for every client - and what it saw.

#pragma once

#include "http/curl/client.hpp"
#include "sandbox/limits/limits.hpp"
#include "tests/fakes/virtual_clock.hpp"
#include "tests/pacing/paced_case.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::test {

struct PacedStats {
    int posts = 0, refused = 0;  // by a hidden limit
    int by_chance = 0;           // refused all the same
    int retries = 0;             // POSTs after one that was not refused
    int polls = 0, downloads = 0;
    double lateness_s = 0;  // videos: done to noticed, sum
    int noticed = 0;
    double longest_gap_s = 0;  // of a lane, between starts, while some of it had not started
    double in_flight_s = 0;    // POSTs in flight, times how long
    double last_done_s = 0;    // when the last task had its result
};

class PacedGateway : public http::Transport {
public:
    PacedGateway(VirtualClock& clock, const PacedCase& the_case, std::uint64_t seed);
    Async<http::Reply> send(http::Request request) override;
    const PacedStats& stats() const { return stats_; }

    // For a client that knows everything: when a video is done.
    Instant done_at(const std::string& remote_id) const;

private:
    enum class Fate { well, refused, error, reset, hung };
    struct Work {  // of one task
        int posts = 0;
        Fate last = Fate::well;
        bool started = false;
    };
    struct Video {
        Instant done_at;
        double size = 0;
        bool cut_once = false, noticed = false;
    };
    struct LaneSeen {
        int not_started = 0;
        Instant last_start;
    };

    Async<http::Reply> post(std::size_t task, const http::Request& request);
    Async<http::Reply> work_on(const PacedTask& task, Fate fate, const http::Request& request);
    http::Reply poll(const std::string& remote_id);
    http::Reply fetch(const std::string& remote_id, http::Sink& sink);
    Fate draw(std::size_t task, int attempt) const;
    void note_start(const PacedTask& task, Work& work);
    sandbox::Call call_of(const PacedTask& task) const;
    double now_s() const { return to_seconds(clock_.now() - began_); }
    std::int64_t now_ms() const { return static_cast<std::int64_t>(now_s() * 1000); }

    VirtualClock& clock_;
    const PacedCase& case_;
    std::uint64_t seed_;
    Instant began_;
    sandbox::Limits limits_;
    std::map<std::string_view, std::size_t> by_body_;
    std::vector<Work> work_;
    std::map<std::string, Video> videos_;
    std::map<std::string, LaneSeen> lanes_;
    PacedStats stats_;
};

}  // namespace nightshift::test
