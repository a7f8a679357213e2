// Streams a result to its part file: Range resume that is checked (206, Content-Range, ETag),
// redirects followed by hand with the key kept inside the gateway only, length and magic checked,
// then kept.

#pragma once

#include "engine/run/run_state.hpp"
#include "jobs/media/link_patience.hpp"
#include "jobs/protocol/job.hpp"

#include <optional>
#include <string>

namespace nightshift {

class Downloader {
public:
    // `deadline`: no try follows one that ends after it (Instant::max(): none).
    Downloader(Shared& shared, const Task& task, Instant deadline)
        : shared_(shared), task_(task), deadline_(deadline) {}

    // Throws Failed{result_expired | unsafe_url | bad_media | network | timeout}.
    Async<Output> fetch(Download what);

private:
    struct Try;
    // Where the next try goes, and how.
    struct Way {
        http::SafeLink link;
        int redirects = 0;
        bool as_stored = false;  // what its Content-Encoding says of it is not true
    };
    Async<Try> attempt(const Way& way, PartFile& part);
    http::Request request_for(const Way& way, const PartFile& part, const std::string& validator);
    bool follows(Way& way, const Try& result, const Download& what);
    Async<Result<Output>> kept(const Download& what, const Try& result, PartFile& part);
    Async<void> wait_for_link(const Failure& last, LinkPatience& patience);
    Async<bool> gateway_answers();
    Async<void> pause(int tries);
    Instant next_try(int tries);

    Shared& shared_;
    const Task& task_;
    Instant deadline_;
    int waits_ = 0;
    std::optional<LinkWaits::One> waiting_;
};

}  // namespace nightshift
