// What the limit on open files (ulimit -n) allows a run, so that it never runs out of them.

#pragma once

#include <string>

namespace nightshift::cli {

struct DescriptorPlan {
    int concurrency = 0;   // requests in flight
    long connections = 0;  // open at once, idle ones included
};

// `in_use`: open already; `loopback`: the gateway's ends of the connections are ours, too.
DescriptorPlan plan_descriptors(long limit, long in_use, int concurrency, bool loopback);

// Raises the soft limit to the hard one; the limit then.
long raise_descriptor_limit();
long descriptors_in_use();

// Raises the limit, and throws StorageError where a run of one request at a time would not get by.
// `sandbox`: with a gateway in the same process.
void require_descriptors_for_run(bool sandbox);

// For the user, or empty when the plan gives what was asked for.
std::string descriptor_warning(const DescriptorPlan& plan, long limit, int concurrency);

}  // namespace nightshift::cli
