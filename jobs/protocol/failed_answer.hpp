// An answer that was read and still is no result: cut, refused, empty.

#pragma once

#include "base/failure.hpp"
#include "jobs/protocol/job.hpp"

#include <utility>

namespace nightshift::jobs {

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
