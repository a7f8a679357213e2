// `nightshift help environment`.

#include "cli/help/page.hpp"

#include <fmt/format.h>

#include <map>

namespace nightshift::cli {
namespace {

PageTable credentials() {
    return {"Key and base URL, always from one pair:",
            {{"NIGHTSHIFT_API_KEY", "the key; no flag takes it, --api-key-file names its file"},
             {"NIGHTSHIFT_BASE_URL", "the gateway it belongs to"},
             {"OPENAI_API_KEY, OPENAI_BASE_URL",
              "the pair that is used when nothing of the first is set and both of these are"}}};
}

PageTable surroundings() {
    return {"Also read:",
            {{"CURL_CA_BUNDLE, SSL_CERT_FILE", "a file of certificates to trust (PEM)"},
             {"SSL_CERT_DIR", "a folder of certificates to trust"},
             {"https_proxy, all_proxy", "the proxy to the gateway; HTTPS_PROXY, ALL_PROXY, too"},
             {"no_proxy", "hosts and domains that are reached without it; NO_PROXY, too"},
             {"NO_COLOR", "with --color auto: no colours"},
             {"TERM", "dumb: no moving screen"}}};
}

// One row for each variable; where commands mean different things by it, one text for each.
PageTable twins(const OptionTree& tree) {
    std::map<std::string, std::map<std::string, std::string>> uses;  // variable, text, commands
    for (const auto& command : tree.commands) {
        for (const auto& option : command.options) {
            if (option.environment.empty()) continue;
            const auto text = option.names.back() + ": " + option.help;
            auto& commands = uses[option.environment][text];
            commands += (commands.empty() ? "" : ", ") + command.name;
        }
    }
    PageTable table{"Twins of flags (the flag goes over its twin, both over nightshift.toml):", {}};
    for (const auto& [variable, texts] : uses) {
        std::string text;
        for (const auto& [words, commands] : texts) {
            text += (text.empty() ? "" : "; ") + fmt::format("{} ({})", words, commands);
        }
        table.rows.push_back({variable, text});
    }
    return table;
}

}  // namespace

Page environment_page(const OptionTree& tree) {
    return {.name = "environment",
            .summary = "the variables that are read",
            .paragraphs = {},
            .tables = {credentials(), twins(tree), surroundings()}};
}

}  // namespace nightshift::cli
