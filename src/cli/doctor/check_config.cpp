// Is nightshift.toml, if there is one, as a run wants it?

#include "cli/doctor/checks.hpp"

namespace nightshift::cli {

Finding check_config(const ConfigFacts& facts) {
    if (!facts.problem.empty()) {
        const auto advice = advice_in(facts.problem, "mend it: schemas/config.json describes it");
        return Finding::fail(exit_usage, "configuration", advice.what, advice.what_to_do);
    }
    return Finding::ok("configuration", facts.file.empty()
                                            ? "no nightshift.toml: flags and defaults"
                                            : facts.file + " is well-formed");
}

}  // namespace nightshift::cli
