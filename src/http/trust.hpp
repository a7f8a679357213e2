// Whose certificates are trusted, besides what the system trusts.

#pragma once

#include <string>

namespace nightshift::http {

// Empty: libcurl's own (Debian: /etc/ssl/certs/ca-certificates.crt and /etc/ssl/certs).
struct Trust {
    std::string ca_file;    // of certificates in PEM form
    std::string ca_folder;  // as c_rehash makes it
};

// CURL_CA_BUNDLE or else SSL_CERT_FILE, and SSL_CERT_DIR, as curl and OpenSSL read them.
Trust trust_from_environment();

}  // namespace nightshift::http
