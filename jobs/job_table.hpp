// The endpoints of the program. The folder jobs/ is the list: CMake makes job_table.cpp from it.

#pragma once

#include "jobs/protocol/job.hpp"

#include <string_view>
#include <vector>

namespace nightshift {

struct JobEntry {
    Job job;
    std::string_view schema;  // text of schemas/<endpoint>.json
};

const std::vector<JobEntry>& job_table();

// nullptr when there is no such endpoint.
const Job* find_job(std::string_view endpoint);

}  // namespace nightshift
