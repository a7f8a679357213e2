// Notes that mean: this task is paid, only its result is still to be fetched (Attempt::recall).

#pragma once

#include "base/failure.hpp"
#include "jobs/protocol/job.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace nightshift::jobs {

inline constexpr std::string_view paid_reply_key = "paid_reply";    // of images: the whole reply
inline constexpr std::string_view result_link_key = "result_link";  // of speech

inline constexpr std::array<std::string_view, 2> paid_notes = {paid_reply_key, result_link_key};

// An answer that was read and still is no result: cut, refused, empty.

// What the answer said stands in the ledger beside the failure: its text, its usage, why it ended.
class FailedAnswer : public Failed {
public:
    FailedAnswer(Failure failure, Outcome answer)
        : Failed(std::move(failure)), answer_(std::move(answer)) {}
    const Outcome& answer() const { return answer_; }

private:
    Outcome answer_;
};

}  // namespace nightshift::jobs
