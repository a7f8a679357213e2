// nightshift models: what the gateway offers to this key, and the endpoint that each model takes.

#include "base/text/terminal_text.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/input/gateway_models.hpp"
#include "jobs/endpoints.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nightshift::cli {

int models_command(const Arguments& arguments) {
    const auto credentials =
        find_credentials(arguments.gateway.base_url, arguments.gateway.api_key_file);
    check_proxy_setting(credentials);
    const auto answer = ask_models(credentials);
    if (answer.exit_code != exit_ok) {
        fmt::print(stderr, "nightshift: {}\n", answer.problem);
        return answer.exit_code;
    }
    for (const auto& model : answer.models) {
        const auto& endpoint = endpoint_table().of_model(model).endpoint;
        if (arguments.common.json) {
            const nlohmann::ordered_json line = {
                {"schema", 1}, {"model", model}, {"endpoint", endpoint}};
            fmt::print("{}\n", line.dump());
        } else {
            fmt::print("{:<40} {}\n", term_safe(model), endpoint);
        }
    }
    return exit_ok;
}

}  // namespace nightshift::cli
