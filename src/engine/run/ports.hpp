// Everything the engine touches of the world outside: the seams that the simulator replaces.

#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/thread_pool.hpp"
#include "engine/pacing/lanes.hpp"
#include "engine/run/options.hpp"
#include "engine/run/queue.hpp"
#include "files/artifact_file.hpp"
#include "http/curl/client.hpp"
#include "http/origin.hpp"
#include "replies/reply_log.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace nightshift {

struct World {
    boost::asio::io_context& io;
    Clock& clock;
    Random& random;
    http::Transport& transport;
    Queue& queue;
    Workers& files;  // blocking file work: hashes, fsync, renames
    ReplyLog& replies;
    RunFolders folders;
    http::Origin origin;
    std::string key;           // never printed
    std::string gateway = {};  // as the ledger names it: the origin, or "sandbox"
    // Told of a POST that is about to leave, when its answer is held against something: its body
    // and the `expect` of its line. For the stand-in gateway of a sandbox run.
    std::function<void(std::string_view body, std::string_view expect)> before_post = {};
};

}  // namespace nightshift
