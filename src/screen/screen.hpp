// How a run shows itself: a redrawn block on a terminal, plain lines elsewhere, NDJSON for
// programs, or nothing. Talk goes to stderr; NDJSON is data and goes to stdout.

#pragma once

#include "engine/run/progress.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::screen {

// What a run came to.
struct Summary {
    std::map<State, std::int64_t> counts;
    double seconds = 0;
    std::string stop;  // why it ended early, or empty
    std::string dir;
    std::string gateway;      // an origin, "sandbox", or empty: none yet
    std::string resume;       // the command that goes on
    std::string resume_when;  // ... once something is done: "with another key"; or empty
    std::int64_t posts = 0, retries = 0, maybe_billed = 0;
    std::optional<double> cost, budget;  // of the whole run directory; absent without prices
    std::string currency;                // label of the prices, or empty
    std::vector<LaneCost> costs;         // by model, dearest first
    std::int64_t unselected = 0;         // unsent tasks that --limit or --only left out of this run
    bool nothing_to_do = false;          // every selected task had ended before
    double estimated_cost = 0, maybe_cost = 0;
    int exit_code = 0;
    std::vector<TroubleGroup> troubles;         // most frequent first
    std::map<std::string, std::int64_t> flags;  // of what succeeded
    std::vector<std::string> learned;           // limits, as people read them
    std::int64_t files = 0;                     // in DIR/outputs
};

class Screen : public ProgressListener {
public:
    // Called about four times a second, and once at the end.
    virtual void refresh(const RunStatus& status, double elapsed_s) = 0;
    // Somebody asked (SIGUSR1): one line, whatever else is shown.
    virtual void answer(const RunStatus& status, double elapsed_s) = 0;
    virtual void finish(const Summary& summary) = 0;
};

struct ScreenOptions {
    std::string progress = "auto";  // a --progress word; auto: the block on a smart terminal
    std::string color = "auto";     // a --color word
    bool quiet = false;
    bool verbose = false;  // a line for every task that ends
    std::string title;     // what runs, safe to print
};

std::unique_ptr<Screen> make_screen(const ScreenOptions& options);

// The summary as people read it, several lines; as a JSON object on one line.
std::string summary_text(const Summary& summary);
std::string summary_json(const Summary& summary);

}  // namespace nightshift::screen
