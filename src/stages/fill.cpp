#include "stages/fill.hpp"

namespace nightshift::stages {

bool Files::publish(const std::string&, bool, std::string&, std::string& error) {
    error = "links need [publish]";
    return false;
}

Filled fill(const StageLine&, const Upstreams&, Files&) {
    return {};
}

}  // namespace nightshift::stages
