// Streams a result to its part file: Range resume that is checked (206, Content-Range, ETag),
// redirects followed by hand without the key, length and magic checked, then kept.

#pragma once

#include "engine/shared.hpp"
#include "jobs/job.hpp"

#include <string>

namespace nightshift {

class Downloader {
public:
    Downloader(Shared& shared, const Task& task) : shared_(shared), task_(task) {}

    // Throws Failed{result_expired | unsafe_url | bad_media | network | timeout}.
    Async<Output> fetch(Download what);

private:
    struct Try;
    Async<Try> attempt(const http::SafeLink& link, PartFile& part);
    Async<void> pause(int tries);
    http::SafeLink redirected(const http::SafeLink& from, std::string_view location);

    Shared& shared_;
    const Task& task_;
};

}  // namespace nightshift
