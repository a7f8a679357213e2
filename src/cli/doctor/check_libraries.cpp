// Are the libraries that are loaded those that the program counts on?

#include "cli/doctor/checks.hpp"

#include <fmt/format.h>

namespace nightshift::cli {
namespace {

constexpr int sqlite_min = 3040000;
constexpr unsigned libcurl_min = 0x075800;

// https://www.sqlite.org/wal.html#walresetbug: a race of two connections that write. Mended in
// 3.51.3, and in 3.50.7 and 3.44.6 for those lines.
bool has_wal_reset_bug(int number) {
    if (number >= 3051003) return false;
    const int line = number / 1000;
    if (line == 3050) return number < 3050007;
    return line != 3044 || number < 3044006;
}

}  // namespace

Finding check_sqlite(const SqliteLibrary& library) {
    if (library.number < sqlite_min) {
        return Finding::fail(exit_storage, "SQLite", library.version + " is loaded",
                             "install 3.40 or later");
    }
    const auto* note = has_wal_reset_bug(library.number)
                           ? " (has the WAL-reset bug, which takes two writers: here is one)"
                           : "";
    return Finding::ok("SQLite", library.version + note);
}

Finding check_libcurl(const http::Library& library) {
    const auto words =
        fmt::format("{} with {}", library.version, library.tls.empty() ? "no TLS" : library.tls);
    if (library.number < libcurl_min || library.tls.empty()) {
        return Finding::fail(exit_misconfigured, "libcurl", words,
                             "install 7.88 or later, with TLS");
    }
    if (!library.async_dns) {
        return Finding::warn("libcurl", words + ", whose name lookups hold up everything",
                             "install one with asynchronous name lookups");
    }
    if (!library.http2) {
        return Finding::warn("libcurl", words + ", without HTTP/2",
                             "install one with HTTP/2: polls share connections then");
    }
    return Finding::ok("libcurl", words + ", HTTP/2");
}

}  // namespace nightshift::cli
