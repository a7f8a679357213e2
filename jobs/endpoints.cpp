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

}  // namespace nightshift::cli
