// One line of a manifest. What passes must have an endpoint, a path and a body.

#include "jobs/job_table.hpp"
#include "manifest/line.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace nightshift;

namespace {

const EndpointTable& endpoints() {
    static const EndpointTable table = [] {
        std::vector<std::string_view> schemas;
        for (const auto& entry : job_table()) schemas.push_back(entry.schema);
        return EndpointTable(schemas);
    }();
    return table;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static LineParser parser(endpoints(), {});
    std::string line(reinterpret_cast<const char*>(data), size);
    if (line.find_first_not_of(" \t\r\n") == std::string::npos) return 0;
    line.resize(size + 64);  // what the reader leaves behind a line
    ManifestTask task;
    std::vector<Problem> problems;
    const bool good =
        parser.parse({.text = std::string_view(line).substr(0, size), .line = 1}, task, problems);
    if (good && (task.endpoint.empty() || task.path.empty() || task.body.empty())) abort();
    if (!good && problems.empty()) abort();  // refused without a word
    return 0;
}
