// The libcurl that is loaded, which need not be the one that was built against.

#pragma once

#include <string>

namespace nightshift::http {

struct Library {
    std::string version;  // "7.88.1"
    unsigned number = 0;  // 0x075801
    std::string tls;      // "OpenSSL/3.0.17"; empty: it can no TLS
    bool http2 = false;
    bool async_dns = false;  // else a slow name server stops everything else
};

Library library();

}  // namespace nightshift::http
