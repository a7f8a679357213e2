#include "manifest/filled_request.hpp"

#include "json/json_builder.hpp"
#include "json/json_scan.hpp"

#include <fmt/format.h>

#include <utility>

namespace nightshift {

struct RequestMaker::Work {
    Work(const EndpointTable& endpoints, LineOptions options)
        : parser(endpoints, std::move(options)) {}

    LineParser parser;
    std::string line;
    ManifestTask task;
    std::vector<Problem> problems;
};

RequestMaker::RequestMaker(const EndpointTable& table, LineOptions options)
    : work_(std::make_unique<Work>(table, std::move(options))) {}

RequestMaker::~RequestMaker() = default;

std::optional<FilledRequest> RequestMaker::make(std::string_view filled, bool is_body,
                                                std::string_view endpoint, std::string_view model,
                                                std::string_view path, std::string& problem) {
    Work& work = *work_;
    work.line.clear();
    if (is_body) {
        work.line = "{\"url\":";
        append_json_quoted(work.line, path);
        work.line += ",\"body\":";
    }
    work.line += filled;
    if (is_body) work.line += '}';
    work.line.reserve(work.line.size() + 64);  // a parser reads behind the text
    work.problems.clear();
    if (!work.parser.parse({work.line, 1, 1}, work.task, work.problems)) {
        for (const auto& each : work.problems) {
            if (each.warning) continue;
            problem = each.what_to_do.empty() ? each.what : each.what + "; " + each.what_to_do;
            return std::nullopt;
        }
        problem = "it is not a request";
        return std::nullopt;
    }
    if (work.task.endpoint != endpoint || work.task.model != model) {
        problem = fmt::format("it is for the model \"{}\" of {}, not for \"{}\" of {}",
                              work.task.model, work.task.endpoint, model, endpoint);
        return std::nullopt;
    }
    return FilledRequest{std::move(work.task.body), std::move(work.task.path), work.task.stream,
                         work.task.estimate};
}

}  // namespace nightshift
