// What was let in lately: starts and their tokens, in slices of a quarter second over two minutes.
// The 12 KiB of slices are allocated when the first start is noted: a run may have a lane for each
// of 100,000 models, most of which have not begun.

#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nightshift {

class Flow {
public:
    static constexpr double longest_s = 125;

    void add(Instant at, double tokens) { put(at, 1, tokens); }
    void remove(Instant at, double tokens) { put(at, -1, -tokens); }
    void correct(Instant at, double tokens) { put(at, 0, tokens); }
    // A share of what the other let in, when it did.
    void add(const Flow& other, double share);

    // From here on tokens are told in another way, which comes to so many times as many.
    void scale_tokens(double factor);

    struct Sum {
        double count = 0, tokens = 0;
    };
    // Of the last `span_s` (at most longest_s) before `now`.
    Sum last(double span_s, Instant now) const;

    // From when on the last minute holds at most so many starts, or tokens: at once, or as its
    // oldest leave it.
    Instant when_at_most(double most, bool in_tokens, Instant now) const;

    // Besides the object itself.
    std::size_t allocated_bytes() const { return slices_.capacity() * sizeof(Slice); }

private:
    static constexpr std::size_t slices = 512;
    static constexpr double slice_s = 0.25;
    struct Slice {
        std::int64_t number = -1;
        Sum sum = {};
    };
    static std::int64_t number_of(Instant at);
    static std::size_t place_of(std::int64_t number) {
        return static_cast<std::size_t>(number) % slices;
    }
    void put_slice(std::int64_t number, const Sum& sum);
    void put(Instant at, double count, double tokens);

    std::vector<Slice> slices_;  // all of them, or none before the first start
};

}  // namespace nightshift
