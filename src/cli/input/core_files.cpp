#include "cli/input/core_files.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>

namespace nightshift::cli {

void forbid_core_files() {
    prctl(PR_SET_DUMPABLE, 0);
    rlimit limit{};
    if (getrlimit(RLIMIT_CORE, &limit) != 0) return;
    limit.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &limit);
}

bool has_key_in_environment() {
    for (const char* name : {"NIGHTSHIFT_API_KEY", "OPENAI_API_KEY"}) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') return true;
    }
    return false;
}

}  // namespace nightshift::cli
