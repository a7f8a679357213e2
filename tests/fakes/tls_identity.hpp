// Keys and certificates made by a test, good or bad as it wants them.

#pragma once

#include <openssl/types.h>

#include <string>

namespace nightshift::test {

class Identity {
public:
    struct Wanted {
        std::string names = "IP:127.0.0.1";   // subject alternative names
        long from_s = -3600, until_s = 3600;  // validity, from now
        const Identity* issuer = nullptr;     // null: signs itself
    };
    Identity() : Identity(Wanted()) {}
    explicit Identity(const Wanted& wanted);
    ~Identity();
    Identity(const Identity&) = delete;
    Identity& operator=(const Identity&) = delete;

    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    std::string path;  // the certificate as a PEM file: whoever is given it trusts this identity
};

}  // namespace nightshift::test
