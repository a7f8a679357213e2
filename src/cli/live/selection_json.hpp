// Which tasks, in an order to a running process.

#pragma once

#include "control/protocol.hpp"
#include "storage/store.hpp"

namespace nightshift::cli {

control::Json json_of(const Selection& selection);
// Throws UsageError for what is no selection.
Selection selection_of(const control::Json& json);

// The members of an order, each read once; what is left over is refused.
class Members {
public:
    explicit Members(const control::Json& json) : json_(json) {}
    std::string text(const char* name);                // "" when absent
    bool truth(const char* name);                      // false when absent
    std::vector<std::string> texts(const char* name);  // empty when absent
    control::Json object(const char* name);            // {} when absent
    void nothing_else() const;

private:
    const control::Json* take(const char* name);
    const control::Json& json_;
    std::vector<std::string> taken_;
};

}  // namespace nightshift::cli
