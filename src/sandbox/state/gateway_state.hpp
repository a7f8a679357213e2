// Everything one running gateway knows. Touched by its own thread only, but for expectations.
#pragma once

#include "sandbox/call/catalog.hpp"
#include "sandbox/call/options.hpp"
#include "sandbox/faults/faults.hpp"
#include "sandbox/limits/limits.hpp"
#include "sandbox/media/seeded_random.hpp"
#include "sandbox/state/books.hpp"
#include "sandbox/state/expectations.hpp"
#include "sandbox/state/links.hpp"
#include "sandbox/state/prompt_cache.hpp"
#include "sandbox/state/tasks.hpp"

#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

namespace nightshift::sandbox {

std::int64_t now_ms();  // wall clock, Unix time in milliseconds

class World {
public:
    // Opens the state and reads the fault and limit files; throws std::runtime_error.
    explicit World(Options options);

    const Options& options() const { return options_; }
    Catalog& catalog() { return catalog_; }
    Books& books() { return books_; }
    Tasks& tasks() { return tasks_; }
    Faults& faults() { return faults_; }
    Limits& limits() { return limits_; }
    PromptCache& prompts() { return prompts_; }
    Expectations& expectations() { return expectations_; }

    // Of the two listeners, set once they listen: http://HOST:PORT.
    std::string origin;
    std::string results_origin;

    // A new X-Oneapi-Request-Id: UTC time to the nanosecond and 16 random letters.
    std::string request_id();

    // A fresh signed link on the result host for a file name (links.hpp).
    std::string link_to(const std::string& name, std::int64_t lifetime_s);

    // How often a link was asked for, this time included; a bounded memory.
    std::int64_t fetches_of(const std::string& signature);

    // The film of a task; the last few are kept.
    std::string film_of(const Task& task);

private:
    Options options_;
    Catalog catalog_;
    Books books_;
    Tasks tasks_;
    Faults faults_;
    Limits limits_;
    PromptCache prompts_;
    Expectations expectations_;
    Dice dice_;
    std::uint32_t links_ = 0;
    std::unordered_map<std::string, std::int64_t> fetches_;
    std::deque<std::pair<std::string, std::string>> films_;  // by task id
};

}  // namespace nightshift::sandbox
