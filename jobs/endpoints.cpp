#include "jobs/endpoints.hpp"

#include "jobs/job_table.hpp"

namespace nightshift::cli {

const EndpointTable& endpoint_table() {
    static const EndpointTable table = [] {
        std::vector<std::string_view> schemas;
        for (const auto& entry : job_table()) schemas.push_back(entry.schema);
        return EndpointTable(schemas);
    }();
    return table;
}

bool is_path_of(std::string_view endpoint, std::string_view model, std::string_view path) {
    const auto& table = endpoint_table();
    auto target = table.of_path(path);
    if (target.spec == nullptr) target = table.of_path(path.substr(0, path.find('?')));
    if (target.spec == nullptr || target.spec->endpoint != endpoint) return false;
    return !target.spec->model_in_path() || target.model == model;
}

}  // namespace nightshift::cli
