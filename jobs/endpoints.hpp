// The endpoints as the manifest knows them, made once from the job table's schemas.

#pragma once

#include "manifest/endpoint_spec.hpp"

namespace nightshift::cli {

const EndpointTable& endpoint_table();

}  // namespace nightshift::cli
