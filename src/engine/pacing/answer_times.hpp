// How long the answers to some requests took that left one after the other under about one load,
// and how many of them left per second. Of answers as they come, the short ones come first; so it
// looks at the requests of a stretch, and takes the median, which is known though the longest are
// not there yet.

#pragma once

#include "engine/pacing/sends.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace nightshift {

class AnswerTimes {
public:
    struct Measure {
        double median_s = 0;
        double per_s = 0;   // that left, from the first of them up to here
        int in_flight = 0;  // at most
        std::size_t sends = 0;
    };

    enum class Load { same, any };
    // So many requests, after `skipped`: what is in flight from another load is not of this one.
    void begin(std::size_t sends, int skipped, Load load = Load::same);
    // Per second, as long as the stretch is; nullopt before so many have left.
    std::optional<double> per_s_after(std::size_t sends) const;
    bool is_complete() const { return all_.size() == sends_; }
    // Starts from the beginning when the load is no longer what it was.
    void add(const Send& send);
    void answered(const Send& send, Instant now);
    void dropped(const Send& send);  // refused or lost: says nothing; of too many, from the start

    // nullopt while something may still change it.
    std::optional<Measure> measure(Instant now) const;

private:
    struct Each {
        std::uint64_t number;
        Instant at;
        double took_s;  // negative: not known yet
        bool dropped;
    };
    double per_s() const;
    Each* find(const Send& send);

    std::vector<Each> all_;
    std::size_t sends_ = 0;
    int skipped_ = 0;
    Load load_ = Load::same;
    int least_in_flight_ = 0, most_in_flight_ = 0;
    std::size_t answered_ = 0, dropped_ = 0;
    std::uint64_t last_number_ = 0;
    Instant last_at_ = {};
};

}  // namespace nightshift
