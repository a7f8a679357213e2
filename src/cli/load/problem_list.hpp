// The problems of a manifest as people read them: alike ones are counted after the third.

#pragma once

#include "manifest/problem.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace nightshift::cli {

class ProblemList {
public:
    // `print` gets a line with its line feed.
    explicit ProblemList(std::function<void(const std::string&)> print)
        : print_(std::move(print)) {}

    void add(const Problem& problem);
    // Says how many were left out, once each; at the end.
    void finish();

private:
    struct Alike {
        std::int64_t count = 0;
        std::string example;
        bool warning = false;
    };

    std::function<void(const std::string&)> print_;
    std::map<std::string, Alike> alike_;  // by what they say, numbers aside
};

}  // namespace nightshift::cli
