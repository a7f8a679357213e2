// The request of a line whose placeholders are filled, made and judged as that of any line.

#pragma once

#include "manifest/line.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nightshift {

struct FilledRequest {
    std::string body;  // of a body: the bytes that came in
    std::string path;
    bool stream = false;
    Estimate estimate;
};

// Not thread-safe: one for each thread. `table` is borrowed.
class RequestMaker {
public:
    // The options that the line was loaded with.
    RequestMaker(const EndpointTable& table, LineOptions options);
    ~RequestMaker();

    // `filled`: stages::Filled::line; `is_body`: stages::StageLine::is_body. `endpoint`, `model`,
    // `path`: the task's, as it was loaded; a filled line that leads elsewhere is a problem.
    // Nothing when it is not a good request: `problem` is the first thing that is wrong, in words.
    std::optional<FilledRequest> make(std::string_view filled, bool is_body,
                                      std::string_view endpoint, std::string_view model,
                                      std::string_view path, std::string& problem);

private:
    struct Work;
    std::unique_ptr<Work> work_;
};

}  // namespace nightshift
