// The endpoints as the manifest knows them, made once from the job table's schemas.

#pragma once

#include "manifest/endpoint_spec.hpp"

namespace nightshift::cli {

const EndpointTable& endpoint_table();

// Whether tasks of this endpoint and model are posted to this path (a query may follow it).
bool is_path_of(std::string_view endpoint, std::string_view model, std::string_view path);

}  // namespace nightshift::cli
