#include "stages/decide.hpp"

namespace nightshift::stages {

Decision decide(const StageLine&, const Upstreams&) {
    return {};
}

std::vector<std::pair<std::string, std::vector<std::string>>> used(const StageLine&,
                                                                   const Upstreams&) {
    return {};
}

}  // namespace nightshift::stages
