// What `nightshift doctor` looks at: the facts, gathered elsewhere, and what is to be thought of
// them. Every check is a pure function in a file of its own.

#pragma once

#include "base/disk.hpp"
#include "base/failure.hpp"
#include "cli/doctor/finding.hpp"
#include "http/curl/curl_library.hpp"
#include "http/curl/tls_probe.hpp"
#include "http/message.hpp"
#include "model/limit_rule.hpp"
#include "storage/sqlite/db.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nightshift::cli {

// The pair of key and base URL.
struct CredentialFacts {
    std::string problem = {};   // why there is none, with the remedy; empty: there is one
    std::string source = {};    // where the key is from; never the key
    std::string base_url = {};  // as it is used
    std::optional<unsigned> key_file_mode = {};  // of --api-key-file
};

// What GET /v1/models came to.
struct GatewayFacts {
    std::optional<Failure> failure = {};  // of the last one
    http::Trouble trouble = http::Trouble::none;
    int status = 0;
    double first_s = 0;                 // with name, connection and TLS
    std::optional<double> next_s = {};  // on the same connection
    std::optional<std::int64_t> skew_s =
        {};  // the server's clock less ours; unset: it sends no date
    std::optional<std::vector<std::string>> models = {};  // sorted
    std::string proxy = {};  // that is used, without user and password; empty: none
    http::TlsLook tls = {};
    std::int64_t now_ms = 0;  // Unix time here
};

std::vector<Finding> check_key(const CredentialFacts& facts, const GatewayFacts* gateway);
std::optional<Finding> check_proxy(const GatewayFacts& gateway);
std::optional<Finding> check_tls(const CredentialFacts& facts, const GatewayFacts& gateway);
// Nothing when the failure belongs to the key, the proxy or TLS.
std::optional<Finding> check_base_url(const CredentialFacts& facts, const GatewayFacts& gateway);
std::optional<Finding> check_clock(const GatewayFacts& gateway);
std::optional<Finding> check_latency(const GatewayFacts& gateway);

// A lane that somebody wants to use.
struct LaneUse {
    std::string endpoint = {}, model = {};
    std::string where = {};       // first place: "night.jsonl:8120", or the run directory
    std::string known_near = {};  // a well-known name that the model may be a slip for; or empty
};

struct ManifestFacts {
    std::vector<std::string> files = {};
    std::string unreadable = {};  // why a file could not be read at all
    std::int64_t tasks = 0, problems = 0, warnings = 0;
    std::string first_problem = {};  // "file:line:column: what; what to do"
};

std::optional<Finding> check_manifest(const ManifestFacts& facts);
// One finding for each model that is missing or doubtful, or one for all that are well.
std::vector<Finding> check_models(const std::vector<LaneUse>& lanes, const GatewayFacts* gateway);

struct ConfigFacts {
    std::string problem = {};  // of nightshift.toml; empty: none
    std::string file = {};     // empty: there is none
    std::vector<LimitRule> limits = {};
};

Finding check_config(const ConfigFacts& facts);
std::vector<Finding> check_limits(const ConfigFacts& facts, const std::vector<LaneUse>& lanes);

struct OpenFilesFacts {
    long limit = 0, in_use = 0;
    int concurrency = 0;
    bool loopback = false;
};

Finding check_open_files(const OpenFilesFacts& facts);

// Of the folder that a run would write to.
struct DiskFacts {
    std::string folder = {};
    std::string problem = {};      // why nothing can be written there; empty: something was
    std::string file_system = {};  // "ext4"; empty: unknown
    std::string network = {};      // "NFS": of another machine
    bool in_memory = false;        // gone with the power
    std::optional<DiskSpace> space = {};
    double sync_ms = 0;  // median of a few 4 KiB writes with fsync
};

std::vector<Finding> check_disk(const DiskFacts& facts);

struct QueueFacts {
    std::string dir = {};
    std::string problem = {};  // damaged, unreadable, newer; empty: sound
    std::string origin = {};   // that it remembers: "https://api.example.com", "sandbox"
    std::map<State, std::int64_t> counts = {};
    std::string holder = {};       // who has the lock
    std::string last_holder = {};  // whose name stands in a lock that nobody has
    std::vector<std::pair<std::string, std::int64_t>> dying_links =
        {};  // id, Unix ms; soonest first
    std::int64_t now_ms = 0;
};

Finding check_lock(const QueueFacts& facts);
// `origin`: of the base URL that is configured; empty: none is.
Finding check_queue(const QueueFacts& facts, const std::string& origin);
std::optional<Finding> check_links(const QueueFacts& facts);

Finding check_sqlite(const SqliteLibrary& library);
Finding check_libcurl(const http::Library& library);

}  // namespace nightshift::cli
