// A world without sockets and without real time: a virtual clock, a gateway that is a function,
// and a queue in a folder of its own.

#pragma once

#include "base/disk.hpp"
#include "engine/run/options.hpp"
#include "engine/run/progress.hpp"
#include "http/curl/client.hpp"
#include "model/price.hpp"
#include "storage/store.hpp"
#include "tests/fakes/scratch.hpp"
#include "tests/fakes/virtual_clock.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace nightshift::test {

struct Exchange {
    std::string method, path, body;
    double at_s = 0;          // virtual seconds since the start
    std::string origin = {};  // "https://cdn.example.net"
    http::Headers headers = {};
    bool public_address_only = false;

    // The value of a header of the request, or "".
    std::string header(std::string_view name) const;
};

// Answers after `latency`, counts what is in flight.
class ScriptedTransport : public http::Transport {
public:
    using Gateway = std::function<http::Reply(const Exchange&)>;
    using Latency = std::function<double(const Exchange&)>;  // seconds
    ScriptedTransport(VirtualClock& clock, Gateway gateway, Latency latency)
        : clock_(clock),
          gateway_(std::move(gateway)),
          latency_(std::move(latency)),
          started_(clock.now()) {}
    Async<http::Reply> send(http::Request request) override;

    std::vector<Exchange> seen;
    int in_flight = 0, in_flight_max = 0;

private:
    VirtualClock& clock_;
    Gateway gateway_;
    Latency latency_;
    Instant started_;
};

http::Reply json_reply(int status, std::string body);
http::Reply no_reply(http::Trouble trouble, bool sent);
http::Reply good_chat();

struct Job1 {
    std::string id, endpoint = "chat_completions", model = "gpt-5.4";
    std::string path = "/v1/chat/completions", body = R"({"model":"gpt-5.4"})";
    std::string envelope = {};
    Estimate estimate = {};
};

// What a run came to.
struct Ran {
    Stop stop;
    RunStatus status;  // at the end
    std::map<State, std::int64_t> counts;
    std::vector<Exchange> seen;
    int in_flight_max = 0;
    double seconds = 0;                         // virtual
    std::map<std::string, std::string> ledger;  // last line of each id
    std::vector<std::string> notices;           // told
    std::vector<TaskEvent> events;              // ... of tasks
    std::set<std::string> shown;                // ... by the status, for a while
    int posts() const;
};

// Somebody sets the wall clock.
struct WallJump {
    double at_s = 0;
    std::int64_t ms = 0;
};

// The machine sleeps.
struct Suspend {
    double at_s = 0;
    double lasts_s = 0;
};

struct Night {
    std::vector<Job1> tasks;
    EngineOptions options;
    ScriptedTransport::Gateway gateway;
    double latency_s = 0.1;
    double later_s = 0;       // how long after the others this night begins
    double stopped_at_s = 0;  // interrupted then, in virtual seconds; 0: never
    std::uint64_t seed = 7;
    std::vector<WallJump> wall_jumps = {};       // in order of time
    ScriptedTransport::Latency latency_of = {};  // instead of latency_s
    Suspend suspend = {};
    // Done to the queue once at that virtual second, past the engine: rows that it claimed change.
    double changed_at_s = 0;
    std::function<void(Store&)> change = {};
    Disk* disk = nullptr;  // for everything but the queue; null: the real one. Borrowed
};

// Loads the tasks into `folder` (known ones are left alone) and runs the engine to its end.
Ran live_through(const Night& night, const ScratchFolder& folder);
Ran live_through(const Night& night);

}  // namespace nightshift::test
