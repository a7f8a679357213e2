#include "engine/envelope.hpp"

#include <nlohmann/json.hpp>

namespace nightshift {

Envelope envelope_of(std::string_view json) {
    Envelope envelope;
    if (json.size() <= 2) return envelope;
    const auto fields = nlohmann::ordered_json::parse(json, nullptr, false);
    if (!fields.is_object()) return envelope;
    for (const auto& [name, value] : fields.items()) {
        if (name == "timeout" && value.is_number()) envelope.timeout_s = value.get<double>();
        if (name == "max_attempts" && value.is_number()) envelope.attempts_max = value.get<int>();
        if (name == "expect") envelope.expect = value.dump();
        if (name == "tags") envelope.tags = value.dump();
        if (name == "metadata") envelope.metadata = value.dump();
    }
    return envelope;
}

}  // namespace nightshift
