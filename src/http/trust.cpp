#include "http/trust.hpp"

#include <cstdlib>
#include <initializer_list>

namespace nightshift::http {
namespace {

std::string first_set(std::initializer_list<const char*> names) {
    for (const auto* name : names) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') return value;
    }
    return {};
}

}  // namespace

Trust trust_from_environment() {
    return {.ca_file = first_set({"CURL_CA_BUNDLE", "SSL_CERT_FILE"}),
            .ca_folder = first_set({"SSL_CERT_DIR"})};
}

}  // namespace nightshift::http
